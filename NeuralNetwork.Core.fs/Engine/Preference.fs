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
        /// One line where an engine is used because it was measured to be faster than the one that comes first; else null.
        Reason: string | null
    }

    /// The backend in use, and the warning if there is one.
    override resolution.ToString() =
        match resolution.Warning with
        | null -> string resolution.Backend
        | warning -> $"{string resolution.Backend}; {warning}"

module internal Preference =

    let private families = [ "mkl"; "openblas"; "blis"; "accelerate" ]

    /// The first library of each family: what is measured, besides the managed kernel.
    let firsts (folders: string seq) : Candidate list = Search.everywhere folders |> List.distinctBy _.Name

    /// What was measured to be faster by the margin than what comes first, and the sentence that says so: None for the managed
    /// kernel.
    let private measured (folders: string seq) : (Candidate option * string) option =
        let libraries, speeds = firsts folders, Speeds.kept ()

        let named (path: string) =
            match libraries |> List.tryFind (fun library -> library.Path = path) with
            | Some library -> Some library, library.Name, speeds[path]
            | None -> None, Speeds.Managed, speeds[path]

        match [ for library in libraries -> library.Path ] @ [ Speeds.Managed ] |> Speeds.choose speeds with
        | None -> None
        | Some(fastest, usual) ->
            let (chosen, name, best), (_, first, speed) = named fastest, named usual
            Some(chosen, $"{name} does {best:F0} GFLOP/s a core here, {first} {speed:F0}")

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

    let private notNeeded (candidate: Candidate) = { candidate with Verdict = "not needed" }

    /// Looks at candidates until one is good.
    let private look probe (chosen: Backend option) (candidate: Candidate) =
        match chosen with
        | Some _ -> notNeeded candidate, chosen
        | None ->
            match tryLoad probe candidate.Path with
            | Ok backend -> { candidate with Name = backend.Name; Verdict = "in use" }, Some backend
            | Error reason -> { candidate with Verdict = reason }, None

    /// The first of some candidates that the probe lets pass and that loads, or the managed kernel; others only where there is
    /// none of them.
    let private firstOf probe (isWished: bool) (wish: string) (wished: Candidate list) (others: Candidate list) =
        let looked, chosen = List.mapFold (look probe) None (wished @ others)
        let backend = defaultArg chosen Backend.Managed

        let warning: string | null =
            match looked with
            | _ when List.isEmpty wished && isWished -> $"no library found for {wish}; using {backend}"
            | first :: _ when first.Verdict <> "in use" -> $"{first.Path}: {first.Verdict}; using {backend}"
            | _ -> null

        { Backend = backend; Candidates = looked; Warning = warning; Reason = null }

    /// What is asked for; where nothing is, what was measured to be the fastest by a margin, or what comes first.
    let resolve (wish: string) (folders: string seq) (probe: Func<string, string | null>) : Resolution =
        match (if wish = "auto" then measured folders else None) with
        | Some(None, reason) ->
            { Backend = Backend.Managed
              Candidates = List.map notNeeded (Search.everywhere folders)
              Warning = null
              Reason = reason }
        | Some(Some chosen, reason) ->
            let others = Search.everywhere folders |> List.filter (fun one -> one.Path <> chosen.Path)
            let found = firstOf probe false wish [ chosen ] others
            { found with Reason = if isNull found.Warning then reason else null }
        | None ->
            let wished, others = candidates wish folders
            firstOf probe (wish <> "auto" && wish <> "managed") wish wished others
