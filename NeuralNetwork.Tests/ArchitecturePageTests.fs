/// docs/architecture.md against the project: the files of every room, in compile order.
module NeuralNetwork.Tests.ArchitecturePageTests

open System.IO
open System.Text.RegularExpressions

let private at (path: string) = Path.Combine(Machines.repository, path)

/// The files of the core by the folder they are in, "" for none, in compile order.
let private compiled: (string * string) list =
    let project = File.ReadAllText(at "NeuralNetwork.Core.fs/NeuralNetwork.Core.fsproj")

    [ for file in Regex.Matches(project, "<Compile Include=\"(?:([\\w/]+)/)?(\\w+)\\.fs\"") ->
          file.Groups[1].Value, file.Groups[2].Value ]

/// The rooms of the page and the files it says they have.
let private rooms: (string * string list) list =
    let section =
        File.ReadAllLines(at "docs/architecture.md")
        |> Seq.skipWhile (fun line -> not (line.StartsWith "## Rooms of the core"))
        |> Seq.skip 1
        |> Seq.takeWhile (fun line -> not (line.StartsWith "## "))

    [ for line in section do
          match [ for cell in line.Split " | " -> cell.Trim('|', ' ') ] with
          | [ room; files; _ ] when files.StartsWith '`' ->
              room.Trim('`', '/'), [ for file in Regex.Matches(files, "`(\\w+)`") -> file.Groups[1].Value ]
          | _ -> () ]

let tests =
    group
        "ArchitecturePage"
        [ test "Every room of the page has the files of its folder, in compile order" (fun () ->
              for room, files in rooms do
                  let expected =
                      [ for folder, file in compiled do
                            if folder = room then
                                file ]

                  if not expected.IsEmpty then
                      Expect.equal expected files)
          test "Rooms, and the files of those without a folder, stand in compile order" (fun () ->
              let places =
                  [ for room, files in rooms ->
                        [ for file in files ->
                              compiled
                              |> List.findIndex (fun (folder, name) -> name = file && (folder = room || folder = "")) ] ]

              for files in places do
                  Expect.equal (List.sort files) files

              let firsts = List.map List.head places
              Expect.equal (List.sort firsts) firsts)
          test "Every file of the core is in a room of the page, and no room has others" (fun () ->
              let listed = rooms |> List.collect snd |> List.sort
              Expect.equal (compiled |> List.map snd |> List.sort) listed) ]
