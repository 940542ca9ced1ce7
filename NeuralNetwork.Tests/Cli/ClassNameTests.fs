/// What classes and categories are called: as the file has them, numbers of one value by one name, in an order that others
/// have, too.
module NeuralNetwork.Tests.Cli.ClassNameTests

open System
open System.Globalization
open System.Numerics
open System.Text
open System.Text.Json
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

let private exact (text: string) : ExactNumber =
    match ExactNumber.tryRead text with
    | Some number -> number
    | None -> Expect.fail ($"{text} is no number")

/// m·10^-places in one of many ways.
let private variant (random: Random) (m: BigInteger) (places: int) : string =
    let sign =
        if m.Sign < 0 then "-"
        elif random.Next 2 = 0 then "+"
        else ""

    let digits = (BigInteger.Abs m).ToString(CultureInfo.InvariantCulture).PadLeft(places + 1, '0')
    let whole, decimals = digits[.. digits.Length - places - 1], digits[digits.Length - places ..]

    match random.Next 3 with
    | 0 -> $"{sign}{BigInteger.Abs m}e-{places}"
    | 1 -> sign + whole + "." + decimals + String('0', random.Next 3)
    | _ -> $"{sign}{BigInteger.Abs m}0E-{places + 1}"

/// The classes of a target with these cells, and the names of the rows.
let private learn (place: Workplace) (cells: string list) (options: string list) : string list * string list =
    Tables.write place "target.csv" ("x,id" :: [ for row, cell in List.indexed cells -> $"{row}.5,{cell}" ])

    succeed (Tables.train place "target.csv" "learn" ([ "--validation"; "none"; "--force" ] @ options))
    |> ignore

    let shown = succeed (InProcess.run [ "evaluate"; place.At "learn"; place.At "target.csv"; "--json" ])
    let classes = (JsonDocument.Parse shown.Out).RootElement.GetProperty("per_class").EnumerateArray() |> List.ofSeq

    [ for one in classes -> string (one.GetProperty("label").GetString()) ],
    [ for one in classes -> string (one.GetProperty("support").GetInt32()) ]

let tests =
    workplace "ClassName" (fun place ->
        let at = place.At
        let write = Tables.write place
        let train = Tables.train place
        let learn = learn place

        [ law
              "Numbers of the same value are the same however they are written, and are in the order of their values"
              (fun (seed: int) ->
                  let random = Random seed

                  let draw () =
                      BigInteger(random.NextInt64(-2_000L, 2_000L)) * BigInteger.Pow(BigInteger 10, random.Next 25)

                  let places = random.Next 6
                  let one, other = draw (), draw ()
                  let text = variant random one places
                  Expect.equal (exact (variant random one places)) (exact text)
                  Expect.equal (string (exact (variant random one places))) (string (exact text))
                  Expect.equal (exact text) (exact (string (exact text)))

                  Expect.equal
                      (sign (one.CompareTo other))
                      (sign ((exact text).CompareTo(exact (variant random other places)))))
          each
              "A code with a zero in front and what is no plain number is a text"
              [ "01"; "-00.5"; "1_000"; "1,5"; "0x1"; ""; "."; "e5"; "1e"; "NaN"; "１" ]
              (fun (text: string) -> Expect.that (isNull (ClassNames.Number text)) text)
          law "Texts are in the order of their code points" (fun (seed: int) ->
              let random = Random seed

              let draw () =
                  let rune _ =
                      match random.Next 4 with
                      | 0 -> Rune(random.Next(0x20, 0x7F))
                      | 1 -> Rune(random.Next(0xE000, 0x10000))
                      | 2 -> Rune(random.Next(0x10000, 0x10FFFF))
                      | _ -> Rune 'a'

                  String.Concat(Array.init (random.Next 4) (rune >> string))

              let one, other = draw (), draw ()
              let bytes (text: string) = Encoding.UTF8.GetBytes text
              let expected = ReadOnlySpan(bytes one).SequenceCompareTo(ReadOnlySpan(bytes other))
              Expect.equal (sign expected) (sign (Naming.byCodePoints one other)))
          test "Classes are called as the file has them: ids, codes with zeros in front, time stamps" (fun () ->
              let classification = [ "--task"; "classification" ]

              for cells, names, options in
                  [ [ "9007199254740993"; "9007199254740992"; "123456789012345678901" ],
                    [ "9007199254740992"; "9007199254740993"; "123456789012345678901" ],
                    classification
                    [ "18446744073709551617"; "18446744073709551616" ],
                    [ "18446744073709551616"; "18446744073709551617" ],
                    []
                    [ "007"; "10" ], [ "007"; "10" ], []
                    [ "1"; "01"; "1.0" ], [ "01"; "1"; "1.0" ], classification
                    [ "1.0"; "1"; "2e0"; "+2"; "10.0" ], [ "1"; "2"; "10" ], []
                    [ "-0"; "0.0"; "-1" ], [ "-1"; "0" ], []
                    [ "2.5"; "b"; "2.50" ], [ "2.5"; "2.50"; "b" ], classification
                    [ "2.5"; "1.5" ], [ "1.5"; "2.5" ], [ "--categorical"; "id" ] ] do
                  let rows = List.replicate 6 cells |> List.concat
                  let found, support = learn rows options
                  Expect.equal names found
                  Expect.equal rows.Length (support |> List.sumBy int))
          test "A category is the same number to a model, however training and prediction write it" (fun () ->
              let table (cells: string list) =
                  "code,y" :: [ for row in 0..19 -> $"{cells[row % cells.Length]},k{row % 2}" ]

              let forms = [ "whole", [ "1"; "20" ]; "points", [ "1.0"; "20.00" ]; "exponents", [ "1e0"; "2E1" ] ]

              for name, cells in forms do
                  write $"{name}.csv" (table cells)
                  succeed (train $"{name}.csv" name [ "--categorical"; "code"; "--force" ]) |> ignore

              let answers run data =
                  succeed (predict place run $"{data}.csv" "out.csv") |> ignore
                  System.IO.File.ReadAllText(at "out.csv")

              for run, _ in forms do
                  let expected = answers run "whole"

                  for data, _ in forms do
                      Expect.equal expected (answers run data)

              write "zeros.csv" (table [ "01"; "20" ])
              let refused = predict place "whole" "zeros.csv" "out.csv"
              Expect.equal 3 refused.Code
              Expect.mentions [ "line 2, column 'code'"; "'01' was not there"; "known: 1, 20" ] refused.Error
              // Codes stay codes.
              succeed (train "zeros.csv" "zeros" [ "--categorical"; "code"; "--force" ]) |> ignore
              Expect.equal 3 (predict place "zeros" "whole.csv" "out.csv").Code)
          test "What is inspected has the classes that are trained" (fun () ->
              for cells in [ [ "0"; "0.0"; "1"; "1.0" ]; [ "01"; "1"; "2" ]; [ "b"; "a" ]; [ "1e1"; "10"; "9" ] ] do
                  write "y.csv" ("x,y" :: [ for row in 0..23 -> $"{row}.5,{cells[row % cells.Length]}" ])
                  succeed (train "y.csv" "y" [ "--force"; "--validation"; "none" ]) |> ignore
                  let show command = (JsonDocument.Parse (succeed (InProcess.run command)).Out).RootElement

                  let counts (document: JsonElement) (list: string) (rows: string) =
                      [ for one in document.GetProperty(list).EnumerateArray() ->
                            string (one.GetProperty("label").GetString()), one.GetProperty(rows).GetInt32() ]
                      |> List.sort

                  Expect.equal
                      (counts (show [ "evaluate"; at "y"; at "y.csv"; "--json" ]) "per_class" "support")
                      (counts (show [ "data"; "inspect"; at "y.csv"; "--json" ]) "classes" "rows")) ])
