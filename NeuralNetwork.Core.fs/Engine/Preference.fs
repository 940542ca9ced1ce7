namespace NeuralNetwork.Engine

open System
open System.Collections.Generic
open System.Globalization

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

    /// The first library of each family that was found: what is measured, besides the managed kernel. A path that would not be
    /// one line of a file is none of them.
    let firsts (all: Candidate list) : Candidate list =
        all
        |> List.filter (fun library -> not (Seq.exists Char.IsControl library.Path))
        |> List.distinctBy _.Name

    let private figure (speed: float) = speed.ToString("F0", CultureInfo.InvariantCulture)

    /// The choice of an engine by what was measured: the library, or none for the managed kernel; the sentence that says why; and
    /// what is to be said of one that comes before and could not be measured.
    type private Choice = { Library: Candidate option; Reason: string; Doubt: string | null }

    let private measured (all: Candidate list) : Choice option =
        let speeds = Speeds.kept ()

        if speeds.IsEmpty then
            None
        else
            let libraries = firsts all

            let named (path: string) =
                match libraries |> List.tryFind (fun library -> library.Path = path) with
                | Some library -> Some library, library.Name
                | None -> None, Speeds.Managed

            match [ for library in libraries -> library.Path ] @ [ Speeds.Managed ] |> Speeds.choose speeds with
            | None -> None
            | Some(fastest, usual) ->
                let (library, name), (_, other) = named fastest, named usual
                let first = libraries.Head.Path

                Some
                    { Library = library
                      Reason =
                        name
                        + " does "
                        + figure speeds[fastest]
                        + " GFLOP/s a core here in float32, "
                        + other
                        + " "
                        + figure speeds[usual]
                      Doubt = if first = usual then null else first + ": it could not be measured; using " + name }

    /// The candidates wished for, and those to fall back on.
    let private candidates (wish: string) (all: Candidate list) =
        match wish with
        | "managed" -> [], []
        | "auto" -> all, []
        | family when List.contains family families -> all |> List.partition (fun candidate -> candidate.Name = family)
        | path ->
            let wished = Search.at path
            wished, all |> List.filter (fun candidate -> candidate.Path <> path)

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
        let all = if wish = "managed" then [] else Search.everywhere folders

        match (if wish = "auto" then measured all else None) with
        | Some { Library = None; Reason = reason; Doubt = doubt } ->
            { Backend = Backend.Managed; Candidates = List.map notNeeded all; Warning = doubt; Reason = reason }
        | Some { Library = Some chosen; Reason = reason; Doubt = doubt } ->
            let found = firstOf probe false wish [ chosen ] (all |> List.filter (fun one -> one.Path <> chosen.Path))

            if isNull found.Warning then { found with Reason = reason; Warning = doubt } else found
        | None ->
            let wished, others = candidates wish all
            firstOf probe (wish <> "auto" && wish <> "managed") wish wished others
