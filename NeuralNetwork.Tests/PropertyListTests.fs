/// docs/properties.md against the tests: what it lists is there, and what must be there is listed.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.PropertyListTests

open System
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open NUnit.Framework

/// The numbers on the list.
let private last = 83

/// A test with its fixture, named as its file is, the numbers it states, and whether as a property of its own.
type private Stated = { Name: string; Fixture: string; IsLaw: bool; Numbers: int[] }

/// The name of a module as that of its file in the project of the tests.
let private inFolders (name: string) = name.Replace("NeuralNetwork.Tests.", "").Replace('.', '/')

let private tests: Stated list =
    [ for fixture in Assembly.GetExecutingAssembly().GetTypes() do
          for test in fixture.GetMethods(BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.Instance) do
              let law = test.GetCustomAttributes<LawAttribute>() |> Seq.collect _.Numbers |> Array.ofSeq
              let states = test.GetCustomAttributes<StatesAttribute>() |> Seq.collect _.Numbers |> Array.ofSeq
              // Sentences have spaces, and nothing else in the assembly has.
              if test.Name.Contains ' ' then
                  { Name = test.Name
                    Fixture = fixture.FullName |> string |> inFolders
                    IsLaw = law.Length > 0
                    Numbers = Array.append law states } ]

let private page (path: string) = File.ReadAllText(Path.Combine(Machines.repository, "docs", path))

/// Rows of the table: number, words, tests with the fixtures they are in, and why something is worded otherwise.
let private rows: (int * string * (string * string) list * string) list =
    [ for line in (page "properties.md").Split '\n' do
          match [ for cell in line.Split " | " -> cell.Trim('|', ' ') ] with
          | [ number; words; names; reason ] when fst (Int32.TryParse number) ->
              int number,
              words,
              [ for name in Regex.Matches(names, @"`([^`]+)`(?: \(([^)]+)\))?") ->
                    name.Groups[1].Value.Replace(@"\|", "|"), name.Groups[2].Value ],
              reason
          | _ -> () ]

let private isStatedBy number (test: Stated) = Array.contains number test.Numbers

[<Test>]
let ``Every property has a test that says so, or a reason why it has none`` () =
    let excused =
        set
            [ for number, _, names, reason in rows do
                  if names.IsEmpty && reason <> "" then
                      number ]

    let missing =
        [ for number in set [ 1..last ] - excused do
              if not (List.exists (isStatedBy number) tests) then
                  number ]

    Expect.that missing.IsEmpty $"no test states number %A{missing}"

[<Test>]
let ``The page has a row for every number, in order, and tests have no other numbers`` () =
    let numbers = [ for number, _, _, _ in rows -> number ]
    Expect.that (numbers = [ 1..last ]) $"the page has rows %A{numbers}"

    for test in tests do
        for number in test.Numbers do
            Expect.that (1 <= number && number <= last) $"'{test.Name}' states number {number}"

[<Test>]
let ``Every test that the page names is there, in the file it names, and says that it states that number`` () =
    for number, _, names, _ in rows do
        for name, fixture in names do
            match tests |> List.filter (fun test -> test.Name = name && test.Fixture = fixture) with
            | [] -> Expect.fail $"{number}: there is no test '{name}' in {fixture}"
            | named ->
                Expect.that (List.exists (isStatedBy number) named) $"'{name}' does not say that it states {number}"

[<Test>]
let ``Every row has words, and a test or a reason; where no property states it there is a reason`` () =
    for number, words, names, reason in rows do
        let isLaw = tests |> List.exists (fun test -> test.IsLaw && isStatedBy number test)
        Expect.that (words <> "") $"{number} has no words"
        Expect.that (reason <> "" || not names.IsEmpty) $"{number} has neither a test nor a reason"
        Expect.that (isLaw || reason <> "") $"{number} is no property, and nothing says why"

/// The pages that claim, with tests in brackets behind their claims.
let private claiming =
    [ for folder in [ "mathematics"; "study" ] do
          for file in Directory.GetFiles(Path.Combine(Machines.repository, "docs", folder), "*.md") |> Array.sort do
              $"{folder}/{Path.GetFileName file}" ]

/// The names in the brackets of a page: of tests, for they have spaces.
let private claims (path: string) =
    [ for brackets in Regex.Matches(page path, @"\[(`[^`]+`(?:[,;]\s+`[^`]+`)*)\](?!\()") do
          for name in Regex.Matches(brackets.Groups[1].Value, "`([^`]+)`") do
              let name = Regex.Replace(name.Groups[1].Value, @"\s+", " ")

              if name.Contains ' ' then
                  name ]

[<TestCaseSource(nameof claiming)>]
let ``Every test that a page names behind a claim is there`` (path: string) =
    let unknown = claims path |> List.filter (fun name -> tests |> List.forall (fun test -> test.Name <> name))
    Expect.that unknown.IsEmpty $"there is no test %A{unknown}"

[<Test>]
let ``Every page of the mathematics names tests behind its claims`` () =
    let bare = claiming |> List.filter (fun path -> path.StartsWith "mathematics" && (claims path).IsEmpty)
    Expect.equal [] bare
