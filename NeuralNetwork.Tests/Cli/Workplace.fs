namespace NeuralNetwork.Tests.Cli

open System
open System.IO
open System.Text.Json
open NeuralNetwork.Tests

/// A temporary folder that tests have for themselves, and what they read in it.
[<Sealed>]
type Workplace(name: string) =
    static let root = Path.Combine(Path.GetTempPath(), $"nn-tests-{Environment.ProcessId}")
    let folder = Path.Combine(root, name)
    let at (name: string) = Path.Combine(folder, name)
    let rows name = [ for line in File.ReadAllLines(at name) -> List.ofArray (line.Split ',') ]

    /// Deletes those of this run of the tests.
    static member Clear() : unit =
        if Directory.Exists root then
            Directory.Delete(root, true)

    /// The folder's path. The folder is there once it was created, or something was written in it.
    member _.Folder: string = folder

    /// The path of a file or a folder in it.
    member _.At(name: string) : string = at name

    member _.Create() : unit = Directory.CreateDirectory folder |> ignore

    /// Deletes the folder with everything in it, where it is there.
    member _.Delete() : unit =
        if Directory.Exists folder then
            Directory.Delete(folder, true)

    /// The bytes of a file, as a text that can be compared.
    member _.Bytes(name: string) : string = Convert.ToBase64String(File.ReadAllBytes(at name))

    member _.Json(name: string) : JsonElement = JsonDocument.Parse(File.ReadAllText(at name)).RootElement

    /// The cells of a table of commas.
    member _.Rows(name: string) : string list list = rows name

    /// The cells of a table without those of the column of seconds, which no run repeats.
    member _.Timeless(name: string) : string list list =
        let all = rows name
        let place = List.head all |> List.findIndex ((=) "seconds")
        all |> List.map (List.removeAt place)

    /// Every folder, and every file with its content.
    member _.Content() : string list * (string * string) list =
        let folders = Directory.GetDirectories(folder, "*", SearchOption.AllDirectories)
        List.sort (List.ofArray folders), CommandLine.content folder

/// Tests of folders.
[<AutoOpen>]
module Workplaces =

    let private inFolder (name: string) (ready: Workplace -> unit -> unit) (tests: Workplace -> Expecto.Test list) =
        let place = Workplace name
        group name (tests place) |> before (ready place)

    /// Tests about one thing that share a folder. The first of them that runs makes it and fills it; in the end of the run it is
    /// deleted.
    let workplaceWith (name: string) (fill: Workplace -> unit) (tests: Workplace -> Expecto.Test list) : Expecto.Test =
        tests
        |> inFolder name (fun place ->
            once (fun () ->
                place.Create()
                fill place))

    /// Tests about one thing that share a folder, which is empty in the beginning.
    let workplace (name: string) (tests: Workplace -> Expecto.Test list) : Expecto.Test =
        workplaceWith name ignore tests

    /// Tests about one thing that each begin without the folder.
    let freshWorkplace (name: string) (tests: Workplace -> Expecto.Test list) : Expecto.Test =
        tests |> inFolder name (fun place -> place.Delete)

    /// Tests whose process works in the folder; nothing runs beside them, for all tests are in that process.
    let inside (place: Workplace) (tests: Expecto.Test) : Expecto.Test =
        tests
        |> around (fun () ->
            let home = Environment.CurrentDirectory
            place.Create()
            Environment.CurrentDirectory <- place.Folder

            { new IDisposable with
                member _.Dispose() = Environment.CurrentDirectory <- home })
        |> alone
