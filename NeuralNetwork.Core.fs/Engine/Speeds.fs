namespace NeuralNetwork.Engine

open System
open System.Globalization
open System.IO
open System.Runtime.InteropServices

// How fast engines were found to be on this machine: kept in the user's cache folder, so that nothing is measured twice.

/// Speeds of matrix products, measured before.
module internal Speeds =

    /// Another engine is taken in place of the one that comes first where it is faster by this factor: what is less may be
    /// noise, and a change of the engine changes bits.
    [<Literal>]
    let Margin = 1.15

    /// The path under which the managed kernel is measured.
    [<Literal>]
    let Managed = "managed"

    let private given (variable: string) =
        match Environment.GetEnvironmentVariable variable with
        | null -> None
        | path -> if Path.IsPathRooted path then Some path else None

    /// The folder for what can be made again: of the user, by the custom of the system.
    let cacheFolder () : string =
        let home = Environment.GetFolderPath Environment.SpecialFolder.UserProfile

        let root =
            match given "XDG_CACHE_HOME" with
            | Some path -> path
            | None when OperatingSystem.IsWindows() ->
                Environment.GetFolderPath Environment.SpecialFolder.LocalApplicationData
            | None when OperatingSystem.IsMacOS() -> Path.Combine(home, "Library", "Caches")
            | None -> Path.Combine(home, ".cache")

        Path.Combine(root, "neuralnetwork")

    let file () : string = Path.Combine(cacheFolder (), "engines.txt")

    let private processor () : string =
        let facts = "/proc/cpuinfo"

        let line = if File.Exists facts then File.ReadLines facts |> Seq.tryFind _.StartsWith("model name") else None

        match line with
        | Some line -> line.Substring(line.IndexOf ':' + 1).Trim()
        | None ->
            match Environment.GetEnvironmentVariable "PROCESSOR_IDENTIFIER" with
            | null -> string RuntimeInformation.ProcessArchitecture
            | name -> name

    /// What all speeds depend on: the processor, this library and the registers that it uses.
    let private circumstances () : string = $"{processor ()}; {Backend.Managed.Version}; {Backend.Managed.Detail}"

    /// What the speed of one library depends on: its path, and the length and time of the file there, behind links.
    let private state (path: string) : string =
        if path = Managed then
            path
        else
            let link = FileInfo path

            let file =
                match link.ResolveLinkTarget true with
                | :? FileInfo as target -> target
                | _ -> link

            let time = if file.Exists then file.LastWriteTimeUtc.Ticks else 0L
            let length = if file.Exists then file.Length else 0L
            FormattableString.Invariant $"{path}\t{length}\t{time}"

    let private isPath (text: string) = text = Managed || (Path.IsPathFullyQualified text && not (text.Contains '\000'))

    /// The lines of the file: what all depend on, then a speed and what it is of.
    let write (speeds: (string * float) list) : string =
        let line (path, speed: float) = speed.ToString("R", CultureInfo.InvariantCulture) + "\t" + state path

        String.Join('\n', circumstances () :: List.map line speeds) + "\n"

    /// The speeds in a text that still hold, by path. What is no such text, or of another machine, says nothing.
    let read (text: string) : Map<string, float> =
        match List.ofArray (text.Split('\n', StringSplitOptions.RemoveEmptyEntries)) with
        | first :: lines when first = circumstances () ->
            Map
                [ for line in lines do
                      match List.ofArray (line.Split('\t', 2)) with
                      | [ speed; what ] ->
                          let path = what.Split('\t')[0]

                          match Double.TryParse(speed, NumberStyles.Float, CultureInfo.InvariantCulture) with
                          | true, speed when isPath path && what = state path -> path, speed
                          | _ -> ()
                      | _ -> () ]
        | _ -> Map.empty

    /// What was kept, if it can be read.
    let kept () : Map<string, float> =
        try
            read (File.ReadAllText(file ()))
        with
        | :? IOException
        | :? UnauthorizedAccessException -> Map.empty

    /// Keeps speeds, in one piece. Where that cannot be done they are measured again another time.
    let keep (speeds: (string * float) list) : unit =
        try
            Directory.CreateDirectory(cacheFolder ()) |> ignore
            let unfinished = $"{file ()}.{Environment.ProcessId}"
            File.WriteAllText(unfinished, write speeds)
            File.Move(unfinished, file (), true)
        with
        | :? IOException
        | :? UnauthorizedAccessException -> ()

    /// The path of the engine to take of those that there are, in their order, the managed kernel included: the first, unless
    /// its speed is known and that of another is greater by the margin. A first one that could not be measured, with a speed of
    /// 0, stays first: the search says what is wrong with it.
    let choose (speeds: Map<string, float>) (paths: string list) : string =
        let first = List.head paths
        let fastest = paths |> List.maxBy (fun path -> Map.tryFind path speeds |> Option.defaultValue 0.0)

        match Map.tryFind first speeds, Map.tryFind fastest speeds with
        | Some usual, Some best when usual > 0.0 && best >= Margin * usual -> fastest
        | _ -> first
