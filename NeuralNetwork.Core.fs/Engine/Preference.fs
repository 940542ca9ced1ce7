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

    let private speed (path: string) (speeds: Map<string, float>) = $"{Map.find path speeds:F0}"

    /// What comes first where nothing is asked for, and why, if that was measured: None for the managed kernel.
    let private measured (folders: string seq) : Candidate option * string option =
        match firsts folders with
        | [] -> None, None
        | usual :: _ as libraries ->
            let speeds = Speeds.kept ()
            let path = Speeds.choose speeds ([ for library in libraries -> library.Path ] @ [ Speeds.Managed ])
            let chosen = libraries |> List.tryFind (fun library -> library.Path = path)

            if path = usual.Path then
                chosen, None
            else
                let name = chosen |> Option.map _.Name |> Option.defaultValue Speeds.Managed

                chosen,
                Some $"{name} does {speed path speeds} GFLOP/s a core here, {usual.Name} {speed usual.Path speeds}"

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

    let private notNeeded (candidate: Candidate) = { candidate with Verdict = "not needed" }

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
        match wish, (if wish = "auto" then measured folders else None, None) with
        | "auto", (None, Some reason) ->
            { Backend = Backend.Managed
              Candidates = List.map notNeeded (Search.everywhere folders)
              Warning = null
              Reason = reason }
        | "auto", (Some chosen, Some reason) ->
            let others = Search.everywhere folders |> List.filter (fun one -> one.Path <> chosen.Path)
            let found = firstOf probe false wish [ chosen ] others
            { found with Reason = if isNull found.Warning then reason else null }
        | _ ->
            let wished, others = candidates wish folders
            firstOf probe (wish <> "auto" && wish <> "managed") wish wished others
