/// docs/properties.md against the tree of tests: what it lists is there, and what must be there is listed.
module NeuralNetwork.Tests.PropertyListTests

open System
open System.IO
open System.Text.RegularExpressions

/// The numbers on the list.
let private last = 111

/// A sentence of the tree with the labels above it, the numbers it states, and whether it is a property of its own.
type private Stated = { Sentence: string; Above: string; IsLaw: bool; Numbers: int list }

let private numbered = Regex @"^(.*?)(?: \[([\d, ]+)\])?$"

/// The sentences of a tree: its labels with a space, which the groups above have not.
let private sentences (tree: Expecto.Test list) : Stated list =
    [ for leaf in Expecto.Test.toTestCodeList (group "" tree) do
          let above = leaf.name |> List.filter ((<>) "") |> List.takeWhile (fun label -> not (label.Contains ' '))

          match List.tryFind (fun (label: string) -> label.Contains ' ') leaf.name with
          | None -> ()
          | Some label ->
              let parts = numbered.Match label

              { Sentence = parts.Groups[1].Value
                Above = String.Join('/', above)
                IsLaw = leaf.test.IsAsyncFsCheck
                Numbers =
                  [ for number in parts.Groups[2].Value.Split(',', StringSplitOptions.RemoveEmptyEntries) -> int number ] } ]
    |> List.distinct

let private page (path: string) = File.ReadAllText(Path.Combine(Machines.repository, "docs", path))

/// Rows of the table: number, words, sentences with where they are, and why something is worded otherwise.
let private listed: Lazy<(int * string * (string * string) list * string) list> =
    lazy
        [ for line in (page "properties.md").Split '\n' do
              match [ for cell in line.Split " | " -> cell.Trim('|', ' ') ] with
              | [ number; words; names; reason ] when fst (Int32.TryParse number) ->
                  int number,
                  words,
                  [ for name in Regex.Matches(names, @"`([^`]+)`(?: \(([^)]+)\))?") ->
                        name.Groups[1].Value.Replace(@"\|", "|"), name.Groups[2].Value ],
                  reason
              | _ -> () ]

let private isStatedBy number (stated: Stated) = List.contains number stated.Numbers

/// Whether a sentence stands in a part of the tree, as Maths/Loss.
let private isIn (place: string) (stated: Stated) = stated.Above = place || stated.Above.StartsWith(place + "/")

/// The pages that claim, with sentences in brackets behind their claims.
let private claiming: string list =
    [ for folder in [ "mathematics"; "study" ] do
          for file in Directory.GetFiles(Path.Combine(Machines.repository, "docs", folder), "*.md") |> Array.sort do
              $"{folder}/{Path.GetFileName file}" ]

/// The names in the brackets of a page: of sentences, for they have spaces.
let private claims (path: string) =
    [ for brackets in Regex.Matches(page path, @"\[(`[^`]+`(?:[,;]\s+`[^`]+`)*)\](?!\()") do
          for name in Regex.Matches(brackets.Groups[1].Value, "`([^`]+)`") do
              let name = Regex.Replace(name.Groups[1].Value, @"\s+", " ")

              if name.Contains ' ' then
                  name ]

/// The pages against a tree.
let tests (tree: Expecto.Test list) : Expecto.Test =
    let stated = lazy (sentences tree)

    group
        "PropertyList"
        [ test "Every property has a sentence that states it, or a reason why it has none" (fun () ->
              let excused =
                  set
                      [ for number, _, names, reason in listed.Value do
                            if names.IsEmpty && reason <> "" then
                                number ]

              let missing =
                  [ for number in set [ 1..last ] - excused do
                        if not (List.exists (isStatedBy number) stated.Value) then
                            number ]

              Expect.that missing.IsEmpty $"nothing states number %A{missing}")
          test "The page has a row for every number, in order, and sentences have no other numbers" (fun () ->
              let numbers = [ for number, _, _, _ in listed.Value -> number ]
              Expect.that (numbers = [ 1..last ]) $"the page has rows %A{numbers}"

              for one in stated.Value do
                  for number in one.Numbers do
                      Expect.that (1 <= number && number <= last) $"'{one.Sentence}' states number {number}")
          test "Every sentence that the page names is there, where it says, and states that number" (fun () ->
              for number, _, names, _ in listed.Value do
                  for name, place in names do
                      match stated.Value |> List.filter (fun one -> one.Sentence = name && isIn place one) with
                      | [] -> Expect.fail $"{number}: there is no '{name}' in {place}"
                      | named ->
                          let isSaid = List.exists (isStatedBy number) named
                          Expect.that isSaid $"'{name}' does not say that it states {number}")
          test "Every sentence that states a number stands on the page, in the row of that number" (fun () ->
              let isListed number (one: Stated) =
                  listed.Value
                  |> List.exists (fun (row, _, names, _) ->
                      row = number
                      && names |> List.exists (fun (name, place) -> name = one.Sentence && isIn place one))

              let missing =
                  [ for one in stated.Value do
                        for number in one.Numbers do
                            if not (isListed number one) then
                                $"{number}: {one.Sentence} ({one.Above})" ]

              Expect.equal [] missing)
          test
              "Every row has words, and a sentence or a reason; where no property states it there is a reason"
              (fun () ->
                  for number, words, names, reason in listed.Value do
                      let isLaw = stated.Value |> List.exists (fun one -> one.IsLaw && isStatedBy number one)
                      Expect.that (words <> "") $"{number} has no words"
                      Expect.that (reason <> "" || not names.IsEmpty) $"{number} has neither a sentence nor a reason"
                      Expect.that (isLaw || reason <> "") $"{number} is no property, and nothing says why")
          each "Every sentence that a page names behind a claim is there" claiming (fun path ->
              let isKnown name = stated.Value |> List.exists (fun one -> one.Sentence = name)
              let unknown = claims path |> List.filter (isKnown >> not)
              Expect.that unknown.IsEmpty $"there is no %A{unknown}")
          test "Every page of the mathematics names sentences behind its claims" (fun () ->
              let bare = claiming |> List.filter (fun path -> path.StartsWith "mathematics" && (claims path).IsEmpty)

              Expect.equal [] bare) ]
