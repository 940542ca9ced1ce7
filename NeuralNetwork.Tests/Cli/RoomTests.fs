/// The layers of the command line, as docs/architecture.md draws them: a room is a namespace, and a type uses types of its own
/// room and of rooms below. Read from nn.dll, and from the `using` lines, since constants leave no trace in an assembly.
module NeuralNetwork.Tests.Cli.RoomTests

open System
open System.IO
open System.Text.RegularExpressions
open NeuralNetwork.Tests
open NeuralNetwork.Tests.TypeReferences

/// The rooms from the ground up. Those of one floor do not know one another.
let private floors =
    [ [ "Basics"; "Charts" ]
      [ "Storage"; "Terminal" ]
      [ "Html"; "Sources" ]
      [ "Exports"; "Spec" ]
      [ "Options" ]
      [ "Runs" ]
      [ "Checks"; "Explain"; "Studies" ]
      [ "Commands" ]
      [ "App" ] ]

/// The one way from door to door on a floor: a terminal has POSIX signals, and says what standard input is called.
let private doors = set [ "Terminal", "Storage" ]

/// What makes the surroundings that a command is handed, and the trial of a library in a child process.
let private surroundings =
    set
        [ "NeuralNetwork.Cli.Terminal.Surroundings"
          "NeuralNetwork.Cli.Terminal.Outlet"
          "NeuralNetwork.Cli.Storage.StandardInput"
          "NeuralNetwork.Cli.Basics.Probe"
          "NeuralNetwork.Cli.App.Program" ]

/// The rooms that may know System.CommandLine.
let private parsers = set [ "Terminal"; "Options"; "Commands"; "App" ]

let private floorOf (room: string) : int =
    match List.tryFindIndex (List.contains room) floors with
    | Some floor -> floor
    | None -> failwith $"{room}: not a room of the command line"

let private mayUse (room: string) (other: string) : bool =
    room = other || floorOf other < floorOf room || doors.Contains(room, other)

/// "NeuralNetwork.Cli.Storage" is the room Storage.
let private roomOf (name: string) : string option =
    let found = Regex.Match(name, @"^NeuralNetwork\.Cli\.(\w+)")
    if found.Success then Some found.Groups[1].Value else None

/// What a compiler or a generator of sources makes of all files together.
let private isMade (name: string) : bool = name.Contains '<' || name.StartsWith("System.", StringComparison.Ordinal)

/// The arrows that are not downward, as "Storage.FolderLock -> Runs.RunFolder".
let private upward (types: Named list) : string list =
    let room (name: string) = roomOf name |> Option.defaultValue "App"
    let short (name: string) = name.Replace("NeuralNetwork.Cli.", "")

    [ for one in types do
          for other in one.Inside do
              if not (isMade other) && not (mayUse (room one.Whole) (room other)) then
                  $"{short one.Whole} -> {short other}" ]

let private types = lazy ofAssembly (Path.Combine(AppContext.BaseDirectory, "nn.dll"))

/// The sources, with their lines.
let private sources =
    lazy
        [ let root = Path.Combine(Machines.repository, "NeuralNetwork.Cli")

          for path in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories) do
              let place = Path.GetRelativePath(root, path).Replace('\\', '/')

              if not (Regex.IsMatch(place, "^(bin|obj)/")) then
                  place, File.ReadAllLines path ]

let private expectNone (found: string list) = Expect.that found.IsEmpty (String.Join(Environment.NewLine, found))

/// The rooms of the page by floor, from the ground up.
let private drawn () : string list list =
    File.ReadAllLines(Path.Combine(Machines.repository, "docs", "architecture.md"))
    |> Seq.skipWhile (fun line -> not (line.StartsWith "## Floors of the command line"))
    |> Seq.skip 1
    |> Seq.takeWhile (fun line -> not (line.StartsWith "## "))
    |> Seq.choose (fun line ->
        match [ for cell in line.Split '|' -> cell.Trim() ] with
        | [ ""; floor; rooms; _; "" ] when Regex.IsMatch(floor, @"^\d+$") ->
            Some(int floor, List.sort [ for room in Regex.Matches(rooms, @"`(\w+)`") -> room.Groups[1].Value ])
        | _ -> None)
    |> Seq.sortBy fst
    |> Seq.mapi (fun at (floor, rooms) ->
        Expect.equal (at + 1) floor
        rooms)
    |> List.ofSeq

let private made (room: string) (name: string) (inside: string list) : Named =
    { Namespace = $"NeuralNetwork.Cli.{room}"; Name = name; Inside = set inside; Outside = Set.empty }

let tests =
    group
        "Room"
        [ test "The floors are those of the page" (fun () ->
              Expect.that (drawn () = List.map List.sort floors) $"the page draws %A{drawn ()}")
          test "Every type of the command line is in a room" (fun () ->
              expectNone
                  [ for one in types.Value do
                        if Option.isNone (roomOf one.Whole) && not (isMade one.Whole) && one.Whole <> "Program" then
                            one.Whole ])
          test "A type uses its own room and those below" (fun () -> expectNone (upward types.Value))
          test "A file names its own room and those below" (fun () ->
              expectNone
                  [ for place, lines in sources.Value do
                        for line in lines do
                            let used = Regex.Match(line, @"^using (?:static |\w+ = )?(NeuralNetwork\.Cli\.\w+)")

                            match roomOf used.Groups[1].Value with
                            | Some other when not (mayUse (place.Split('/')[0]) other) -> $"{place}: {line}"
                            | _ -> () ])
          test "A file is in the folder of its room" (fun () ->
              expectNone
                  [ for place, lines in sources.Value do
                        for line in lines do
                            if
                                line.StartsWith("namespace ", StringComparison.Ordinal)
                                && line <> $"namespace NeuralNetwork.Cli.{place.Split('/')[0]};"
                            then
                                $"{place}: {line}" ])
          test "Only the rooms next to argv know the parser of command lines" (fun () ->
              expectNone
                  [ for one in types.Value do
                        let isParsing = one.Outside |> Set.exists (fun name -> name.StartsWith "System.CommandLine.")

                        match roomOf one.Whole with
                        | Some room when isParsing && not (parsers.Contains room) -> one.Whole
                        | _ -> () ])
          test "A command is handed its console and its clock, and looks for no others" (fun () ->
              let own = set [ "System.Console"; "System.Diagnostics.Stopwatch" ]

              expectNone
                  [ for one in types.Value do
                        for other in Set.intersect own one.Outside do
                            if not (surroundings.Contains one.Whole) then
                                $"{one.Whole}: {other}"
                    for place, lines in sources.Value do
                        for line in lines do
                            let isOwn =
                                Regex.IsMatch(
                                    line,
                                    @"\b(TimeProvider\.System|DateTime(Offset)?\.(Utc)?Now|DateTime\.Today|Environment\.TickCount)"
                                )

                            // The surroundings of the process, and how fast a library is.
                            let isMade = line.Contains "StandardInput.OfProcess" || line.Contains "Blas.Gigaflops"

                            if isOwn && not isMade then
                                $"{place}: {line.Trim()}" ])
          test "Files are few, and none is too long or all too short" (fun () ->
              let lengths = sources.Value |> List.map (fun (_, lines) -> lines.Length) |> List.sort
              Expect.that (lengths.Length <= 160) $"{lengths.Length} files"
              Expect.that (lengths[lengths.Length / 2] >= 80) $"a median of {lengths[lengths.Length / 2]} lines"
              Expect.that (List.last lengths <= 300) $"a file of {List.last lengths} lines")
          test "No more than seven types go round in a circle" (fun () ->
              let edges = Map.ofList [ for one in types.Value -> one.Whole, one.Inside ]

              expectNone
                  [ for circle in circles edges |> List.filter (fun circle -> circle.Length > 7) ->
                        String.Join(", ", circle) ])
          test "An arrow upward or to the room beside is found, with both of its ends" (fun () ->
              let planted =
                  [ made
                        "Storage"
                        "FolderLock"
                        [ "NeuralNetwork.Cli.Runs.RunFolder"; "NeuralNetwork.Cli.Basics.Failure" ]
                    made "Runs" "RunFolder" [ "NeuralNetwork.Cli.Storage.FolderLock" ]
                    made "Html" "Page" [ "NeuralNetwork.Cli.Sources.Sample" ]
                    made "Terminal" "Interruption" [ "NeuralNetwork.Cli.Storage.Posix" ] ]

              Expect.equal [ "Storage.FolderLock -> Runs.RunFolder"; "Html.Page -> Sources.Sample" ] (upward planted))
          test "Circles are found, however they hang together" (fun () ->
              let edges =
                  Map
                      [ "a", set [ "b" ]
                        "b", set [ "c" ]
                        "c", set [ "a"; "d" ]
                        "d", set [ "e" ]
                        "e", set [ "d" ]
                        "f", set [ "a" ] ]

              Expect.equal [ [ "a"; "b"; "c" ]; [ "d"; "e" ] ] (circles edges))
          // The reader of references is tried on what this assembly is known to say.
          test "References are read from bodies, signatures, bases and lambdas" (fun () ->
              let here = ofAssembly (typeof<Named>.Assembly.Location)
              let one = here |> List.find (fun one -> one.Whole = "NeuralNetwork.Tests.Cli.RoomTests")
              Expect.that (one.Inside.Contains "NeuralNetwork.Tests.TypeReferences") "a call in a body"
              Expect.that (one.Inside.Contains "NeuralNetwork.Tests.Machines") "a call in a lambda of a lazy value"
              Expect.that (one.Outside.Contains "System.Text.RegularExpressions.Regex") "a type of another assembly")
          test "References are read from a base, an interface and the signature of a method without a body" (fun () ->
              let here = ofAssembly (typeof<Named>.Assembly.Location)
              let space = "NeuralNetwork.Tests.PlantedReferences"

              expectNone
                  [ for name, others in [ "Heir", [ "Ancestor"; "IRole" ]; "IAsking", [ "Question"; "Answer" ] ] do
                        let one = here |> List.find (fun one -> one.Whole = $"{space}.{name}")

                        for other in others do
                            if not (one.Inside.Contains $"{space}.{other}") then
                                $"{name} -> {other}" ]) ]
