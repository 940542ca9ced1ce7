/// Days and moments: how they are read, what they become, and columns that take categories nobody has seen.
module NeuralNetwork.Tests.DateTests

open System
open System.Globalization
open FsCheck
open FsCheck.FSharp
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Plans

let private day (year: int) (month: int) (day: int) : DateTime = DateTime(year, month, day)

let private read =
    [ "2024-02-29", day 2024 2 29
      "2024/2/9", day 2024 2 9
      "2024.02.09", day 2024 2 9
      "29.2.2024", day 2024 2 29
      "03/04/2024", day 2024 4 3
      "3-4-2024", day 2024 4 3
      "0001-01-01", day 1 1 1
      "9999-12-31", day 9999 12 31
      "2024-02-29T23:59", (day 2024 2 29).AddHours(23.0).AddMinutes 59.0
      "2024-02-29 01:02:03.5", (day 2024 2 29).Add(TimeSpan(0, 1, 2, 3, 500))
      "2024-02-29T01:02:03.1234567Z", (day 2024 2 29).Add(TimeSpan(0, 1, 2, 3)).AddTicks 1234567L
      "2024-02-29T01:02:03.123456789", (day 2024 2 29).Add(TimeSpan(0, 1, 2, 3)).AddTicks 1234567L
      "2024-02-29 01:02:03 +02:00", (day 2024 2 29).Add(TimeSpan(1, 2, 3))
      "2024-02-29T01:02-0530", (day 2024 2 29).Add(TimeSpan(1, 2, 0))
      "2024-02-29T01:02+05", (day 2024 2 29).Add(TimeSpan(1, 2, 0))
      "29.2.2024 1:30 PM", (day 2024 2 29).AddHours 13.5
      "29.2.2024 12:05am", (day 2024 2 29).AddMinutes 5.0
      "2024-02-29 12:00:00 pm", (day 2024 2 29).AddHours 12.0
      "2024-02-29T01:02:03,5", (day 2024 2 29).Add(TimeSpan(0, 1, 2, 3, 500))
      "31.12.1999 8:05", (day 1999 12 31).Add(TimeSpan(8, 5, 0)) ]

let private none =
    [ ""
      "2024"
      "2024-02"
      "2024-02-30"
      "2023-02-29"
      "2024-13-01"
      "2024-00-10"
      "2024-1-0"
      "24-02-29" ]
    @ [ "2024-02/29"; "20240229"; "2024-02-29T"; "2024-02-29 "; "2024-02-29T24:00"; "2024-02-29T01:60" ]
    @ [ "2024-02-29T01:02:60"
        "2024-02-29T01:02:03."
        "2024-02-29T01:02X"
        "2024-02-29T01:02+2:00"
        "2024-02-29x" ]
    @ [ "1/2/03"
        "1/2/20034"
        "1.2.3.4"
        "10.0.0.1"
        "192.168.2024"
        "-1-02-2024"
        "٢٠٢٤-02-29"
        "2024-02-29T01" ]
    @ [ "12345-01-01"
        "2024-02-2900"
        "2024-02-29 13:00 PM"
        "2024-02-29 0:30 AM"
        "2024-02-29 1:00 XM"
        "2024--02-29"
        "99/1/2024"
        "1-1-0000" ]

let private ofText (isDayFirst: bool) (text: string) = Column.ReadDate(text.AsSpan(), isDayFirst)

/// The features by the definitions, with the functions of the platform.
let private expected (moment: DateTime) (count: int) =
    let share = moment.TimeOfDay.TotalDays
    let start, next = day moment.Year 1 1, if moment.Year = 9999 then DateTime.MaxValue else day (moment.Year + 1) 1 1
    let ofYear = (moment - start) / TimeSpan.FromDays(Math.Round((next - start).TotalDays: float): float)
    let ofMonth = (float moment.Day - 1.0 + share) / float (DateTime.DaysInMonth(moment.Year, moment.Month))
    // 1 January 0001 was a Monday.
    let ofWeek = (moment - DateTime.MinValue).TotalDays / 7.0 % 1.0
    let turn x = [ sin (2.0 * Math.PI * x); cos (2.0 * Math.PI * x) ]
    List.take count (float moment.Year + ofYear :: turn ofYear @ turn ofMonth @ turn ofWeek @ turn share)

let private moments =
    Gen.choose64 (0L, DateTime.MaxValue.Ticks / 10_000L)
    |> Gen.map (fun x -> DateTime(x * 10_000L))
    |> Arb.fromGen

let private features (moment: DateTime) (count: int) =
    let features = Array.zeroCreate<float> count
    Column.WriteDate(moment, Span features)
    features

let private columns =
    [ Column.Date("hired", false, false, [||])
      Column.Date("seen", true, true, [| 2000.5; 0.1; 0.2; 0.3; 0.4; 0.5; 0.6; 0.7; 0.8 |])
      Column.OpenCategory("job", [| "clerk"; "nurse" |], false)
      Column.OpenCategory("level", [| ""; "1"; "2" |], true) ]

let private model =
    let inputs = columns |> List.sumBy _.Features

    let network = Network.input inputs |> Network.dense 3 Activation.Tanh |> Network.dense 2 Activation.Identity

    (Model.initialize<float> 3UL network).With({ Preprocessing.None with Columns = columns }, [| "no"; "yes" |])

let private usual =
    [ "hired", RowCell.op_Implicit (DateOnly(2024, 3, 1))
      "seen", RowCell.Of "4/3/2024 12:00"
      "job", RowCell.Of "nurse"
      "level", RowCell.Of "1.0" ]

let private changed (name: string) (cell: RowCell) =
    readOnlyDict [ for other, known in usual -> other, (if other = name then cell else known) ]

let private encoded (row: Collections.Generic.IReadOnlyDictionary<string, RowCell>) : float[] =
    let features = Array.zeroCreate<float> 22
    model.Encode(row, Span features)
    features

let tests =
    group
        "Date"
        [ each "Dates are read as they are written" read (fun (text: string, moment: DateTime) ->
              Expect.equal (Nullable moment) (ofText true text))
          test "Which of two numbers is the day is said, but for points and years in front" (fun () ->
              Expect.equal (Nullable(day 2024 3 4)) (ofText false "03/04/2024")
              Expect.equal (Nullable(day 2024 4 3)) (ofText false "03.04.2024")
              Expect.equal (Nullable(day 2024 3 4)) (ofText true "2024/03/04")
              Expect.equal (Nullable()) (ofText false "29/2/2024")
              Expect.equal (Nullable()) (ofText true "2/29/2024"))
          each "What is no date is none" none (fun (text: string) ->
              Expect.equal (Nullable()) (ofText true text)
              Expect.equal (Nullable()) (ofText false text))
          law "Every moment is read back from what .NET writes of it"
          <| Prop.forAll moments (fun moment ->
              for format in [ "yyyy-MM-dd HH:mm:ss.FFFFFFF"; "yyyy-MM-dd'T'HH:mm:ss.FFF'Z'"; "d.M.yyyy H:mm:ss.FFF" ] do
                  let text = moment.ToString(format, CultureInfo.InvariantCulture)
                  Expect.equal (Nullable moment) (ofText false text)

              let text = moment.ToString("M/d/yyyy H:mm:ss.FFF", CultureInfo.InvariantCulture)
              Expect.equal (Nullable moment) (ofText false text))
          lawTried 1000 "No text is more than a date or none" (fun (text: string | null) ->
              ofText true (string text) |> ignore
              ofText false (string text) |> ignore)
          states
              [ 85 ]
              (law
                  "The features of a moment are its year and the sine and cosine of its place in year, month, week and day"
               <| Prop.forAll moments (fun moment ->
                   for count in [ 7; 9 ] do
                       for found, wanted in Seq.zip (features moment count) (expected moment count) do
                           Expect.within 1e-9 wanted found))
          test "There is room for the features of a day or of a moment" (fun () ->
              Expect.raises<ArgumentException>(fun () -> features (day 2024 1 1) 8 |> ignore) |> ignore)
          test
              "Cells become parts of dates, and categories that nobody has seen no feature, or that of others"
              (fun () ->
                  let usualRow = encoded (readOnlyDict usual)
                  let part (first: int) (last: int) (row: float[]) : float[] = row[first..last]
                  let changedPart first last name cell = encoded (changed name cell) |> part first last
                  Expect.equal (features (day 2024 3 1) 7) (part 0 6 usualRow)
                  Expect.equal (features ((day 2024 3 4).AddHours 12.0) 9) (part 7 15 usualRow)
                  Expect.equal [| 0.0; 1.0; 0.0; 1.0; 0.0; 0.0 |] (part 16 21 usualRow)
                  Expect.equal [| 0.0; 0.0 |] (changedPart 16 17 "job" (RowCell.Of "baker"))
                  Expect.equal [| 0.0; 0.0 |] (changedPart 16 17 "job" RowCell.Missing)
                  Expect.equal [| 0.0; 0.0; 0.0; 1.0 |] (changedPart 18 21 "level" (RowCell.Of 7.0))
                  Expect.equal [| 1.0; 0.0; 0.0; 0.0 |] (changedPart 18 21 "level" RowCell.Missing)
                  Expect.equal [| 2000.5 |] (changedPart 7 7 "seen" RowCell.Missing)
                  Expect.equal usualRow (encoded (changed "hired" (RowCell.op_Implicit (DateTime(2024, 3, 1)))))
                  Expect.equal usualRow (encoded (changed "seen" (RowCell.Of(DateTime(2024, 3, 4, 12, 0, 0))))))
          test "Days and moments become cells, and missing ones none" (fun () ->
              let day, moment = DateOnly(2024, 2, 29), DateTime(2024, 2, 29, 12, 30, 0, DateTimeKind.Utc)
              Expect.equal (RowCell.Of "2024-02-29") (RowCell.Of day)
              Expect.equal (RowCell.Of "2024-02-29T12:30:00") (RowCell.Of moment)
              Expect.equal (RowCell.Of day) (RowCell.op_Implicit (Nullable day))
              Expect.equal (RowCell.Of moment) (RowCell.op_Implicit (Nullable moment))
              Expect.equal RowCell.Missing (RowCell.op_Implicit (Nullable<DateOnly>()))
              Expect.equal RowCell.Missing (RowCell.op_Implicit (Nullable<DateTime>())))
          eachNamed
              "What is no date is refused by its column"
              [ "a word", (RowCell.Of "soon", "'soon' (expected a date, as 2024-02-29)")
                "a number", (RowCell.Of 20240301.0, "'20240301' (expected a date, as 2024-02-29)")
                "nothing", (RowCell.Missing, "is missing") ]
              (fun (cell: RowCell, found: string) ->
                  let error = Expect.raises<ArgumentException>(fun () -> encoded (changed "hired" cell) |> ignore)

                  Expect.mentions [ $"column 'hired': {found}" ] error.Message)
          test "A file keeps the columns, and what their features are called says what they are" (fun () ->
              match ModelFile.read (ModelFile.write model) with
              | Ok(AnyModel.Double again) ->
                  Expect.equal columns again.Preprocessing.Columns
                  Expect.equal (model.Predict(readOnlyDict usual)) (again.Predict(readOnlyDict usual))
              | other -> Expect.fail $"%A{other}"

              let names =
                  [ for column in columns do
                        yield! column.FeatureNames ]

              Expect.equal [ "hired.year"; "hired.year_sin"; "hired.year_cos" ] (List.take 3 names)
              let others = [ "job=clerk"; "job=nurse"; "level="; "level=1"; "level=2"; "level=(other)" ]
              Expect.equal ([ "seen.day_sin"; "seen.day_cos" ] @ others) (List.skip 14 names))
          eachNamed
              "Columns that cannot be are refused"
              [ "too few fills", (Column.Date("d", false, false, [| 1.0 |]), "become 1 numbers, not 7")
                "a fill without an end", (Column.Date("d", false, false, Array.create 7 nan), "not finite")
                "no categories", (Column.OpenCategory("d", [||], true), "has no categories")
                "one twice", (Column.OpenCategory("d", [| "a"; "a" |], true), "has the category 'a' twice") ]
              (fun (column: Column, found: string) ->
                  let error =
                      Expect.raises<ArgumentException>(fun () ->
                          let network = Network.input column.Features |> Network.dense 2 Activation.Identity

                          (Model.initialize<float> 3UL network)
                              .With({ Preprocessing.None with Columns = [ column ] }, [||])
                          |> ignore)

                  Expect.mentions [ found ] error.Message) ]
