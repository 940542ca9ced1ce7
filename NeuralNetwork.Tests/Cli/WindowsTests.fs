/// What Windows does otherwise, or people there have: long paths, names in another case, marks and ends of lines in texts, numbers
/// with a comma, names that are not ASCII. Here as there.
module NeuralNetwork.Tests.Cli.WindowsTests

open System
open System.IO
open System.Text
open System.Text.RegularExpressions
open NeuralNetwork.Tests

let private small = [ "--hidden"; "4"; "--epochs"; "2"; "--blas"; "managed"; "--threads"; "1" ]

let private rows = "size,colour,price" :: [ for row in 1..40 -> $"{row % 7}.5,k{row % 3},{row * row % 11}.25" ]

/// A file with lines that end as on Windows, behind a byte order mark.
let private writeAsThere (place: Workplace) (name: string) (lines: string list) =
    File.WriteAllText(place.At name, String.Join("\r\n", lines) + "\r\n", UTF8Encoding true)

let private writeBoth (place: Workplace) (name: string) (lines: string list) =
    File.WriteAllText(place.At $"here-{name}", String.Join("\n", lines) + "\n")
    writeAsThere place $"there-{name}" lines

let private prepare (place: Workplace) = writeBoth place "rows.csv" rows

let private succeed (place: Workplace) words = CommandLine.succeed place.Folder words |> ignore
let private train (data: string) (out: string) = [ "train"; data; "--out"; out ] @ small

/// Texts that are read, each with the words of a training on a file of it.
let private texts: (string * string list * string list) list =
    [ "rows.tsv", [ for row in rows -> row.Replace(',', '\t') ], []
      "rows.semicolons.csv", [ for row in rows -> row.Replace(',', ';').Replace('.', ',') ], [ "--decimal"; "comma" ]
      "rows.svm", [ for row in 1..40 -> $"{row % 2} 1:{row}.5 3:{1 + row % 5}" ], [] ]

let private modelOf (place: Workplace) (words: string list) (out: string) =
    succeed place (words @ [ "--out"; out ])
    place.Bytes $"{out}/model.safetensors"

/// Words as cmd gives them to a console program, through a terminal that a key is pressed in.
let private pressed (place: Workplace) (key: char) (file: string) (words: string list) : int =
    let quoted = [ for word in CommandLine.program () @ words -> $"'{word}'" ]
    let line = String.Join(' ', quoted)
    let started = CommandLine.startTyping place.Folder [ "script"; "-qec"; line; "/dev/null" ]
    // A terminal that nobody reads from stops who writes to it.
    let said = started.StandardOutput.ReadToEndAsync()
    Started.waitFor (place.At file) started
    started.StandardInput.Write key
    started.StandardInput.Flush()
    started.WaitForExit()
    said.Wait()
    started.ExitCode

let tests =
    workplaceWith "Windows" prepare (fun place ->
        let at = place.At
        let writeAsThere = writeAsThere place
        let writeBoth = writeBoth place
        let run = CommandLine.run place.Folder
        let succeed = succeed place
        let modelOf = modelOf place
        let pressed = pressed place

        [ test "Paths of more than 260 characters are read and written" (fun () ->
              let deep = String.Join('/', List.replicate 6 (String('d', 60)))
              Directory.CreateDirectory(at deep) |> ignore
              File.Copy(at "here-rows.csv", at $"{deep}/rows.csv")
              succeed (train $"{deep}/rows.csv" $"{deep}/run")
              succeed [ "predict"; $"{deep}/run"; $"{deep}/rows.csv"; "--out"; $"{deep}/answers.csv" ]
              Expect.equal 41 (File.ReadAllLines(at $"{deep}/answers.csv").Length))
          test "Names that differ in case are two here, and one there, where no run is lost" (fun () ->
              succeed (train "here-rows.csv" "Case")
              let before = CommandLine.content (at "Case")
              let outcome = run (train "here-rows.csv" "case")

              if Elsewhere.isWindows then
                  Expect.equal 2 outcome.Code
                  Expect.mentions [ "--out: "; "case"; "--force" ] outcome.Error
              else
                  Expect.equal 0 outcome.Code

              Expect.equal before (CommandLine.content (at "Case")))
          eachNamed
              "A text with a mark of its encoding and the ends of lines of there is the text without"
              [ for name, lines, more in texts -> name, (name, lines, more) ]
              (fun (name: string, lines: string list, more: string list) ->
                  writeBoth name lines
                  let model data = modelOf ([ "train"; data ] @ small @ more) (data.Replace('.', '-'))
                  Expect.equal (model $"here-{name}") (model $"there-{name}"))
          test "Options in a file are read with such ends of lines, too" (fun () ->
              succeed (train "here-rows.csv" "options")
              let lines = File.ReadAllText(at "options/config.json").TrimEnd().Split '\n' |> List.ofArray
              writeAsThere "options.json" lines

              Expect.equal
                  (place.Bytes "options/model.safetensors")
                  (modelOf [ "train"; "--config"; "options.json" ] "again"))
          test "Documents have the ends of lines of here, on every system" (fun () ->
              succeed (train "here-rows.csv" "ends")

              for path in Directory.GetFiles(at "ends") do
                  if Path.GetExtension path <> ".safetensors" then
                      Expect.that (not (File.ReadAllText(path).Contains '\r')) path)
          test "A system that writes numbers with a comma changes nothing" (fun () ->
              let abroad = [ "LC_ALL", "de_DE.UTF-8"; "LANG", "de_DE.UTF-8" ]
              succeed (train "here-rows.csv" "home")
              let outcome = CommandLine.runWith abroad place.Folder (train "here-rows.csv" "abroad")
              Expect.that (outcome.Code = 0) outcome.Error
              Expect.equal (place.Bytes "home/model.safetensors") (place.Bytes "abroad/model.safetensors")
              Expect.equal (place.Timeless "home/history.csv") (place.Timeless "abroad/history.csv")
              Expect.that (not (Regex.IsMatch(outcome.Out, @"\d,\d\d %"))) outcome.Out)
          test "Names of people and their folders may have any letters" (fun () ->
              let home = "Käthe Ünal 名"
              Directory.CreateDirectory(at home) |> ignore
              File.Copy(at "here-rows.csv", at $"{home}/Ä rows.csv")
              let variables = [ for name in [ "HOME"; "USERPROFILE"; "XDG_CACHE_HOME" ] -> name, at home ]
              let there = CommandLine.runWith variables (at home)
              let outcome = there (train "Ä rows.csv" "Läufe")
              Expect.that (outcome.Code = 0) outcome.Error
              let predicted = there [ "predict"; "Läufe"; "Ä rows.csv" ]
              Expect.that (predicted.Code = 0) predicted.Error
              Expect.equal 41 (predicted.Out.TrimEnd().Split('\n').Length))
          test
              "Ctrl-C that is pressed in a terminal saves, and the run goes on to the bytes of one never interrupted"
              (fun () ->
                  let long out =
                      [ "train"; "here-rows.csv"; "--out"; out; "--hidden"; "4"; "--steps"; "600" ]
                      @ List.skip 4 small

                  CommandLine.need [ "script"; "--version" ]

                  let code =
                      pressed '\003' "pressed/checkpoint.safetensors" (long "pressed" @ [ "--checkpoint-every"; "1" ])

                  Expect.equal 130 code
                  succeed [ "resume"; "pressed" ]
                  succeed (long "unpressed")
                  Expect.equal (place.Bytes "unpressed/model.safetensors") (place.Bytes "pressed/model.safetensors")) ])
