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
        let verbatim = Environment.SpecialFolderOption.DoNotVerify
        let home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, verbatim)

        let root =
            match given "XDG_CACHE_HOME" with
            | Some path -> path
            | None when OperatingSystem.IsWindows() ->
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, verbatim)
            | None when OperatingSystem.IsMacOS() -> Path.Combine(home, "Library", "Caches")
            | None -> Path.Combine(home, ".cache")

        // A process may have no user, and must not write where it happens to stand.
        Path.Combine((if Path.IsPathRooted root then root else Path.GetTempPath()), "neuralnetwork")

    let file () : string = Path.Combine(cacheFolder (), "engines.txt")

    /// What the system calls the processor; its architecture where it says nothing.
    let processor () : string =
        let facts = "/proc/cpuinfo"

        let line =
            if File.Exists facts then
                File.ReadLines facts |> Seq.tryFind _.StartsWith("model name", StringComparison.Ordinal)
            else
                None

        match line with
        | Some line -> line.Substring(line.IndexOf ':' + 1).Trim()
        | None ->
            match Environment.GetEnvironmentVariable "PROCESSOR_IDENTIFIER" with
            | null -> string RuntimeInformation.ProcessArchitecture
            | name -> name

    /// By these variables libraries are told what processor to work for.
    let private variables =
        [ "OPENBLAS_CORETYPE"
          "BLIS_ARCH_TYPE"
          "MKL_CBWR"
          "MKL_DEBUG_CPU_TYPE"
          "MKL_ENABLE_INSTRUCTIONS" ]

    /// What all speeds depend on: the processor by its name, where the system tells it, the version of this library, the
    /// registers that it uses, and what other libraries are told.
    let private circumstances () : string =
        let told =
            [ for name in variables do
                  match Environment.GetEnvironmentVariable name with
                  | null
                  | "" -> ()
                  | value -> $"{name}={value.ReplaceLineEndings String.Empty}" ]

        String.Join("; ", [ processor (); Backend.Managed.Version; Backend.Managed.Detail ] @ told)

    /// The file at a path, behind links.
    let private fileAt (path: string) : FileInfo =
        let link = FileInfo path

        try
            match link.ResolveLinkTarget true with
            | :? FileInfo as target -> target
            | _ -> link
        with :? IOException ->
            link

    /// What the speed of one library depends on: its path, and the length and time of the file there.
    let private state (path: string) : string =
        if path = Managed then
            path
        else
            let file = fileAt path
            let time = if file.Exists then file.LastWriteTimeUtc.Ticks else 0L
            let length = if file.Exists then file.Length else 0L

            String.Join(
                '\t',
                path,
                length.ToString CultureInfo.InvariantCulture,
                time.ToString CultureInfo.InvariantCulture
            )

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
                          | true, speed when speed >= 0.0 && Double.IsFinite speed && isPath path && what = state path ->
                              path, speed
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

    /// Writes a file in one piece.
    let private replace (text: string) : unit =
        Directory.CreateDirectory(cacheFolder ()) |> ignore
        let unfinished = file () + "." + Path.GetRandomFileName()

        try
            File.WriteAllText(unfinished, text)
            File.Move(unfinished, file (), true)
        finally
            File.Delete unfinished

    let private isDone (action: unit -> unit) : bool =
        try
            action ()
            true
        with
        | :? IOException
        | :? UnauthorizedAccessException -> false

    /// Keeps speeds beside those of other libraries that are known already.
    let keep (speeds: (string * float) list) : unit =
        let all = List.fold (fun known (path, speed) -> Map.add path speed known) (kept ()) speeds
        isDone (fun () -> replace (write (Map.toList all))) |> ignore

    /// Whether there is a place to keep them.
    let canKeep () : bool = isDone (fun () -> replace (write (Map.toList (kept ()))))

    /// Of engines in their order, the managed kernel included: the fastest, and the one that would come first, if its speed and
    /// that one's are known and the fastest is faster by the margin. What could not be measured, with a speed of 0, comes first
    /// for nobody.
    let choose (speeds: Map<string, float>) (paths: string list) : (string * string) option =
        let speed path = Map.tryFind path speeds

        match paths |> List.skipWhile (fun path -> speed path = Some 0.0) with
        | [] -> None
        | usual :: _ as sound ->
            let fastest = sound |> List.maxBy (speed >> Option.defaultValue 0.0)

            match speed usual, speed fastest with
            | Some first, Some best when best >= Margin * first -> Some(fastest, usual)
            | _ -> None
