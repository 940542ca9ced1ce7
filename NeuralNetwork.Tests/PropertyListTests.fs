/// docs/properties.md against the tests: what it lists is there, and what must be there is listed.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.PropertyListTests

open System
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open NUnit.Framework

/// The numbers on the list.
let private last = 75

/// A test with the numbers it states, and whether as a property of its own.
type private Stated = { Name: string; IsLaw: bool; Numbers: int[] }

let private tests: Stated list =
    [ for fixture in Assembly.GetExecutingAssembly().GetTypes() do
          for test in fixture.GetMethods(BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.Instance) do
              let law = test.GetCustomAttributes<LawAttribute>() |> Seq.collect _.Numbers |> Array.ofSeq
              let states = test.GetCustomAttributes<StatesAttribute>() |> Seq.collect _.Numbers |> Array.ofSeq
              // Sentences have spaces, and nothing else in the assembly has.
              if test.Name.Contains ' ' then
                  { Name = test.Name; IsLaw = law.Length > 0; Numbers = Array.append law states } ]

let private page (path: string) = File.ReadAllText(Path.Combine(Machines.repository, "docs", path))

/// Rows of the table: number, words, names of tests, and why something is worded otherwise.
let private rows: (int * string * string list * string) list =
    [ for line in (page "properties.md").Split '\n' do
          match [ for cell in line.Split " | " -> cell.Trim('|', ' ') ] with
          | [ number; words; names; reason ] when fst (Int32.TryParse number) ->
              int number,
              words,
              [ for name in Regex.Matches(names, "`([^`]+)`") -> name.Groups[1].Value.Replace(@"\|", "|") ],
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
let ``Every test that the page names is there and says that it states that number`` () =
    for number, _, names, _ in rows do
        for name in names do
            match tests |> List.filter (fun test -> test.Name = name) with
            | [] -> Expect.fail $"{number}: there is no test '{name}'"
            | named ->
                Expect.that (List.exists (isStatedBy number) named) $"'{name}' does not say that it states {number}"

[<Test>]
let ``Every row has words, and a test or a reason; where no property states it there is a reason`` () =
    for number, words, names, reason in rows do
        let isLaw = tests |> List.exists (fun test -> test.IsLaw && isStatedBy number test)
        Expect.that (words <> "") $"{number} has no words"
        Expect.that (reason <> "" || not names.IsEmpty) $"{number} has neither a test nor a reason"
        Expect.that (isLaw || reason <> "") $"{number} is no property, and nothing says why"

/// In brackets behind a claim.
[<TestCase "README.md">]
[<TestCase "backpropagation.md">]
[<TestCase "batch-normalisation.md">]
[<TestCase "optimizers.md">]
[<TestCase "regularisation.md">]
[<TestCase "softmax-cross-entropy.md">]
let ``Every test that a page of the mathematics names is there`` (name: string) =
    let named = Regex.Matches(page $"mathematics/{name}", @"(?<=\[|, )`([A-Z][^`]* [^`]*)`(?=\]|, `)")
    let names = [ for one in named -> Regex.Replace(one.Groups[1].Value, @"\s+", " ") ]
    Expect.that (not names.IsEmpty) "the page names no test"
    let unknown = names |> List.filter (fun name -> tests |> List.forall (fun test -> test.Name <> name))
    Expect.that unknown.IsEmpty $"there is no test %A{unknown}"
