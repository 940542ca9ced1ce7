namespace NeuralNetwork.Engine

open System
open System.Collections.Generic

// Which library is used: a wish, the candidates found, and a probe that says which of them is sound.

/// What a search for a native library came to.
type Resolution =
    {
        /// The backend to use: never null, the managed kernel at worst.
        Backend: Backend
        /// Every library looked at, best first, with the reason where it was passed over.
        Candidates: IReadOnlyList<Candidate>
        /// One line for the user where a wish could not be granted or a library is broken; else null.
        Warning: string | null
    }

    /// The backend in use, and the warning if there is one.
    override resolution.ToString() =
        match resolution.Warning with
        | null -> string resolution.Backend
        | warning -> $"{string resolution.Backend}; {warning}"

module internal Preference =

    let private families = [ "mkl"; "openblas"; "blis"; "accelerate" ]

    /// The candidates wished for, and those to fall back on.
    let private candidates (wish: string) (folders: string seq) =
        match wish with
        | "managed" -> [], []
        | "auto" -> Search.everywhere folders, []
        | family when List.contains family families ->
            Search.everywhere folders |> List.partition (fun candidate -> candidate.Name = family)
        | path ->
            let wished = Search.at path
            wished, Search.everywhere folders |> List.filter (fun candidate -> candidate.Path <> path)

    let private tryLoad (probe: Func<string, string | null>) (path: string) =
        match probe.Invoke path with
        | null -> Native.load path
        | reason -> Error(reason.ReplaceLineEndings " ")

    /// Looks at candidates until one is good.
    let private look probe (chosen: Backend option) (candidate: Candidate) =
        match chosen with
        | Some _ -> { candidate with Verdict = "not needed" }, chosen
        | None ->
            match tryLoad probe candidate.Path with
            | Ok backend -> { candidate with Name = backend.Name; Verdict = "in use" }, Some backend
            | Error reason -> { candidate with Verdict = reason }, None

    /// The first candidate that the probe lets pass and that loads, or the managed kernel.
    let resolve (wish: string) (folders: string seq) (probe: Func<string, string | null>) : Resolution =
        let wished, others = candidates wish folders
        let looked, chosen = List.mapFold (look probe) None (wished @ others)
        let backend = defaultArg chosen Backend.Managed

        let warning: string | null =
            match looked with
            | _ when List.isEmpty wished && wish <> "auto" && wish <> "managed" ->
                $"no library found for {wish}; using {backend}"
            | first :: _ when first.Verdict <> "in use" -> $"{first.Path}: {first.Verdict}; using {backend}"
            | _ -> null

        { Backend = backend; Candidates = looked; Warning = warning }
