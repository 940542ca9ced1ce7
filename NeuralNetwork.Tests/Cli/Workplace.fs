namespace NeuralNetwork.Tests.Cli

open System
open System.IO
open System.Text.Json
open NeuralNetwork.Tests

/// A temporary folder that a fixture has for itself, and what tests read in it.
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

    /// The folder's path. It is there once it was created, or something was written in it.
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
