/// Arrow files that say of their own bytes what is not so.
module NeuralNetwork.Tests.Cli.ArrowTests

open System
open System.Buffers.Binary
open System.IO
open Apache.Arrow
open Apache.Arrow.Ipc
open Apache.Arrow.Types
open NeuralNetwork.Tests

/// An Arrow stream of twenty rows: a column of texts of 13 bytes, and one of labels.
let private stream (texts: IArrowArray) : byte array =
    let kinds = StringArray.Builder()

    for row in 0..19 do
        kinds.Append(if row % 2 = 0 then "one" else "two") |> ignore

    let fields = [ Field("text", texts.Data.DataType, true); Field("kind", StringType.Default, true) ]
    use written = new MemoryStream()
    let schema = Apache.Arrow.Schema(fields, null)
    use writer = new ArrowStreamWriter(written, schema)
    writer.WriteRecordBatch(new RecordBatch(schema, [ texts; kinds.Build() ], 20))
    writer.WriteEnd()
    written.ToArray()

/// One of a file's whole numbers, which stands `skip` bytes into the only place with these bytes, made four million larger.
let private beyond (file: byte array) (place: byte array) (skip: int) : byte array =
    let first = file.AsSpan().IndexOf(ReadOnlySpan place)
    Expect.equal first (file.AsSpan().LastIndexOf(ReadOnlySpan place))
    let changed = Array.copy file
    let number = changed.AsSpan(first + skip, 4)
    BinaryPrimitives.WriteInt32LittleEndian(number, BinaryPrimitives.ReadInt32LittleEndian number + (1 <<< 22))
    changed

/// Files whose places of texts are far behind the end of the bytes that they are places in.
let private outOfBounds =
    let text (row: int) = $"text of %05d{row}"
    let whole (numbers: int list) = Array.concat [ for number in numbers -> BitConverter.GetBytes number ]

    let plain =
        let builder = StringArray.Builder()

        for row in 0..19 do
            builder.Append(text row) |> ignore

        stream (builder.Build())

    let large =
        let builder = LargeStringArray.Builder()

        for row in 0..19 do
            builder.Append(text row) |> ignore

        stream (builder.Build())

    let views =
        let builder = StringViewArray.Builder()

        for row in 0..19 do
            builder.Append(text row) |> ignore

        stream (builder.Build())

    let view = Array.concat [ whole [ 13 ]; "text"B; whole [ 0; 26 ] ]

    [ "the place of a text", (plain, beyond plain (whole [ 234; 247; 260 ]) 8)
      "the place of a text, in eight bytes", (large, beyond large (whole [ 234; 0; 247; 0; 260; 0 ]) 16)
      "the place of a view", (views, beyond views view 12)
      "the length of a view", (views, beyond views view 0)
      "the length of a column's name", (plain, beyond plain (Array.append (whole [ 4 ]) "text"B) 0) ]

let tests =
    workplace "Arrow" (fun place ->
        let at = place.At

        [ eachNamed
              "A place behind the end of an Arrow file's bytes is refused, nothing is read from there"
              outOfBounds
              (fun (whole: byte array, changed: byte array) ->
                  let inspected (bytes: byte array) =
                      File.WriteAllBytes(at "beyond.arrows", bytes)
                      InProcess.run [ "data"; "inspect"; at "beyond.arrows" ]

                  Expect.equal 0 (inspected whole).Code
                  let outcome = inspected changed
                  Expect.mentions [ "beyond.arrows"; "cannot be read" ] outcome.Error
                  Expect.equal 3 outcome.Code) ])
