/// docs/json.md against what the program writes.
module NeuralNetwork.Tests.Cli.DocumentTests

open System
open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open NeuralNetwork.Tests

let private write (place: Workplace) (name: string) (lines: string list) =
    File.WriteAllText(place.At name, String.Join('\n', lines) + "\n")

/// A run that can be asked for documents; its own is among them.
let private train (place: Workplace) (data: string) (run: string) (options: string list) : Outcome =
    CommandLine.succeed place.Folder ([ "train"; data; "--out"; run; "--epochs"; "2"; "--json" ] @ options)

let private prepare (place: Workplace) =
    write place "kinds.csv" ("x,kind" :: [ for row in 1..60 -> $"{row}.5,k{row % 6}" ])
    write place "values.csv" ("x,y" :: [ for row in 1..60 -> $"{row},{row * row}.25" ])
    train place "kinds.csv" "kinds" [ "--members"; "1" ] |> ignore
    train place "values.csv" "values" [] |> ignore

/// The words in backquotes below the headings that begin like this.
let private words (heading: string) : Set<string> =
    File.ReadAllText(Path.Combine(Machines.repository, "docs", "json.md")).Split "\n## "
    |> Seq.filter (fun section -> section.Split('\n')[0] |> _.StartsWith(heading))
    |> Seq.collect (fun section -> Regex.Matches(section, "`([a-z0-9_]+)`"))
    |> Seq.map _.Groups[1].Value
    |> Set.ofSeq

/// The names of the fields of a document, whatever holds them; below these names stand the user's own.
let rec private fields (data: string list) (element: JsonElement) : Set<string> =
    match element.ValueKind with
    | JsonValueKind.Object ->
        element.EnumerateObject()
        |> Seq.map (fun property ->
            let below = if List.contains property.Name data then Set.empty else fields data property.Value
            Set.add property.Name below)
        |> Set.unionMany
    | JsonValueKind.Array -> element.EnumerateArray() |> Seq.map (fields data) |> Set.unionMany
    | _ -> Set.empty

let private check (heading: string) (data: string list) (document: string) =
    let found = fields data (JsonDocument.Parse(document).RootElement)
    Expect.that (found.Contains "schema") "the document has no schema"
    let unknown = found - words heading
    Expect.that unknown.IsEmpty $"docs/json.md, {heading}: says nothing of %A{unknown}"

let private asked =
    [ "nn evaluate", [ "evaluate"; "kinds"; "kinds.csv" ]
      "nn evaluate", [ "evaluate"; "values"; "values.csv" ]
      "nn predict", [ "predict"; "kinds"; "kinds.csv"; "--probabilities" ]
      "nn predict", [ "predict"; "values"; "values.csv" ]
      "nn train --dry-run", [ "train"; "kinds.csv"; "--out"; "rehearsed"; "--dry-run" ]
      "nn gradcheck", [ "gradcheck"; "kinds" ]
      "nn data", [ "data"; "list" ]
      "nn data", [ "data"; "inspect"; "kinds.csv" ]
      "nn data", [ "data"; "split"; "kinds.csv"; "--out"; "parts"; "--force" ]
      "nn runs", [ "runs"; "." ]
      "nn model", [ "model"; "show"; "kinds" ]
      "nn model", [ "model"; "verify"; "kinds" ]
      "nn model", [ "model"; "export"; "kinds"; "--out"; "kinds.safetensors"; "--layout"; "torch" ]
      "nn model", [ "model"; "import"; "kinds/model.safetensors"; "--out"; "copy.safetensors" ]
      "nn explain", [ "explain"; "optimizer"; "adam" ]
      "nn explain", [ "explain"; "plan"; "--hidden"; "2" ] ]

/// The same commands and others, to be read by people: none of their lines has an end of a line within, which would be shown as
/// what it is.
let private told: string list list =
    List.map snd asked
    @ [ [ "explain" ]
        [ "explain"; "members" ]
        [ "explain"; "loss"; "huber" ]
        [ "explain"; "batch-norm" ] ]
    @ [ [ "model"; "--help" ]; [ "train"; "--help" ]; [ "explain"; "schedule"; "cosine" ] ]

let tests =
    workplaceWith "Document" prepare (fun place ->
        let folder, at = place.Folder, place.At
        let write = write place
        let train = train place

        [ each "Every field of a document is described" asked (fun (heading: string, arguments: string list) ->
              let outcome = CommandLine.succeed folder (arguments @ [ "--json" ])
              let own = if heading = "nn runs" then [ "options" ] else []
              check heading ([ "probabilities"; "metadata"; "tables" ] @ own) outcome.Out)
          test "What commands say to people is lines, each of them whole" (fun () ->
              for arguments in told do
                  let more = if List.contains "--out" arguments && arguments.Head = "model" then [ "--force" ] else []
                  let outcome = CommandLine.succeed folder (arguments @ more)
                  let line = String.Join(' ', arguments)
                  Expect.that (not ((outcome.Out + outcome.Error).Contains "\\u00")) $"nn {line}: {outcome.Out}")
          test "Every field of the document of a training is described, and it is the one in the run folder" (fun () ->
              let document = (train "kinds.csv" "run" [ "--l2"; "0.1"; "--test"; "kinds.csv"; "--folds"; "2" ]).Out
              check "nn train" [ "sha256"; "scores" ] document
              Expect.equal document (File.ReadAllText(at "run/run.json")))
          test "The confusion matrix has a row for what a row is, and a column for what it is said to be" (fun () ->
              let document =
                  JsonDocument.Parse(
                      CommandLine.succeed folder [ "evaluate"; "kinds"; "kinds.csv"; "--json" ] |> _.Out
                  )

              let classes = document.RootElement.GetProperty "per_class"
              let rows = document.RootElement.GetProperty "confusion_matrix"

              for one, row in Seq.zip (classes.EnumerateArray()) (rows.EnumerateArray()) do
                  Expect.equal
                      (one.GetProperty("support").GetInt32())
                      (row.EnumerateArray() |> Seq.sumBy _.GetInt32()))
          test
              "Labels that are formulas to a spreadsheet are as they are, and have an apostrophe in CSV where that is asked for"
              (fun () ->
                  let label row = if row % 2 = 0 then "=1+1" else "-x"
                  write "formulas.csv" ("x,kind" :: [ for row in 1..40 -> $"{row}.5,{label row}" ])
                  train "formulas.csv" "formulas" [] |> ignore

                  let predict options =
                      CommandLine.succeed folder ([ "predict"; "formulas"; "formulas.csv" ] @ options) |> _.Out

                  Expect.equal
                      "row,prediction,probability_-x,probability_=1+1"
                      ((predict [ "--probabilities" ]).Split('\n')[0])

                  let labels options =
                      [ for line in (predict options).TrimEnd().Split('\n')[1..] -> line.Split(',')[1] ]

                  let safe = labels [ "--spreadsheet-safe" ]
                  Expect.that (safe |> List.forall (fun label -> label = "'=1+1" || label = "'-x")) $"%A{safe}"
                  Expect.equal safe (labels [] |> List.map (fun label -> $"'{label}"))

                  Expect.that
                      (not ((predict [ "--json"; "--spreadsheet-safe" ]).Contains "\"'"))
                      "an apostrophe in JSON") ])
