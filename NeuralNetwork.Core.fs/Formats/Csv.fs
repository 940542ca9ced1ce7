namespace NeuralNetwork.Formats

open System
open System.Text

/// The records of a CSV file, column by column, without the blanks around cells.
type internal CsvRecords =
    {
        /// The first record.
        Heads: string[]
        /// columns x records, the first one not among them
        Cells: string[][]
        /// The line that each record begins in, from 1 on.
        Lines: int[]
    }

/// Comma-separated values as RFC 4180 has them: a record a line, fields with separators or ends of lines in double quotes, a quote
/// within them twice; LF, CR LF or CR. The first record has the names, all others as many fields; lines without anything
/// are passed over. What else a file may be (other encodings, comments, notes above and below) is the command line's to find out.
module internal Csv =

    /// The most fields of a record.
    [<Literal>]
    let MostFields = 1_000_000

    let private blanks = [| ' '; '\t' |]

    /// Texts of a column, of which the last few different ones are kept: a cell that comes again is the same text.
    [<Sealed>]
    type private Pool() =
        let known = Array.create<string | null> 256 null

        member _.Of(cell: ReadOnlySpan<char>) : string =
            let slot = String.GetHashCode cell &&& (known.Length - 1)

            match known[slot] with
            | NonNull text when cell.SequenceEqual(text.AsSpan()) -> text
            | _ ->
                let text = cell.ToString()
                known[slot] <- text
                text

    /// Goes through a text, field by field.
    [<Sealed>]
    type private Cursor(text: string, separator: char) =
        let quoted = StringBuilder()
        let mutable place = 0
        let mutable line = 1

        let isEnd (letter: char) = letter = '\n' || letter = '\r'

        let isBlank (letter: char) = (letter = ' ' || letter = '\t') && letter <> separator

        let refuse (found: string) : unit = Defect.refuse $"line {line}" found

        let skipBlanks () =
            while place < text.Length && isBlank text[place] do
                place <- place + 1

        /// The end of a line that the cursor stands at: CR LF is one.
        let skipEnd () =
            let isPair = text[place] = '\r' && place + 1 < text.Length && text[place + 1] = '\n'
            place <- place + (if isPair then 2 else 1)
            line <- line + 1

        /// The line as it will be behind so many letters.
        let countLines (letters: ReadOnlySpan<char>) =
            for at in 0 .. letters.Length - 1 do
                let isReturned = letters[at] = '\r' && not (at + 1 < letters.Length && letters[at + 1] = '\n')

                if letters[at] = '\n' || isReturned then
                    line <- line + 1

        /// The text in quotes that the cursor stands in front of.
        let readQuoted () : string =
            let first = line
            quoted.Clear() |> ignore
            place <- place + 1
            let mutable isOpen = true

            while isOpen do
                let rest = text.AsSpan place
                let length = rest.IndexOf '"'

                if length < 0 then
                    Defect.refuse $"line {first}" "a quote that is never closed"

                countLines (rest.Slice(0, length))
                quoted.Append(rest.Slice(0, length)) |> ignore
                place <- place + length + 1

                if place < text.Length && text[place] = '"' then
                    quoted.Append '"' |> ignore
                    place <- place + 1
                else
                    isOpen <- false

            skipBlanks ()

            if place < text.Length && text[place] <> separator && not (isEnd text[place]) then
                refuse
                    $"{Defect.quote (string text[place])} behind a closing quote (a quote within a text stands twice)"

            quoted.ToString()

        let add (record: ResizeArray<string>) (pools: Pool[]) (field: ReadOnlySpan<char>) =
            if record.Count = MostFields then
                refuse $"more than {MostFields} fields"

            let cell = field.Trim(blanks.AsSpan())
            record.Add(if record.Count < pools.Length then pools[record.Count].Of cell else cell.ToString())

        member _.Line: int = line

        member _.IsAtEnd: bool = place >= text.Length

        /// Adds the fields of the record that begins here, those of a column from its pool; behind the last one the cursor stands on
        /// the next line.
        member _.Read(record: ResizeArray<string>, pools: Pool[]) : unit =
            let mutable isOpen = true

            while isOpen do
                skipBlanks ()

                if place < text.Length && text[place] = '"' then
                    add record pools ((readQuoted ()).AsSpan())
                else
                    let rest = text.AsSpan place
                    let length = rest.IndexOfAny(separator, '\n', '\r')
                    let field = if length < 0 then rest else rest.Slice(0, length)

                    if field.Contains '"' then
                        refuse $"{Defect.quote (field.ToString())} (a quote within a text that does not begin with one)"

                    add record pools field
                    place <- place + field.Length

                if place < text.Length && text[place] = separator then
                    place <- place + 1
                else
                    isOpen <- false

                    if place < text.Length then
                        skipEnd ()

    let private checkHeads (line: int) (heads: string[]) : string[] =
        let named = heads |> Array.mapi (fun place head -> if head = "" then $"column {place + 1}" else head)

        match named |> Array.countBy id |> Array.tryFind (fun (_, count) -> count > 1) with
        | Some(twice, count) -> Defect.refuse $"line {line}" $"column {Defect.quote twice} is there {count} times"
        | None -> named

    /// The records of a text. The defect's field is the line.
    let read (separator: char) (text: string) : Result<CsvRecords, Defect> =
        Defect.catch (fun () ->
            let zero = text.IndexOf '\000'

            if zero >= 0 then
                let line = text.AsSpan(0, zero).Count '\n' + 1
                Defect.refuse $"line {line}" "a zero byte (expected text)"

            let cursor = Cursor(text.TrimStart '\uFEFF', separator)
            let record = ResizeArray<string>()
            let lines = ResizeArray<int>()
            let mutable heads = [||]
            let mutable columns = [||]
            let mutable pools: Pool[] = [||]

            while not cursor.IsAtEnd do
                let line = cursor.Line
                record.Clear()
                cursor.Read(record, pools)

                if record.Count = 1 && record[0] = "" then
                    ()
                elif heads.Length = 0 then
                    heads <- checkHeads line (record.ToArray())
                    columns <- heads |> Array.map (fun _ -> ResizeArray<string>())
                    pools <- heads |> Array.map (fun _ -> Pool())
                elif record.Count <> heads.Length then
                    let plural = if record.Count = 1 then "" else "s"

                    Defect.refuse
                        $"line {line}"
                        $"{record.Count} field{plural} (expected {heads.Length}, as in the first line)"
                else
                    lines.Add line

                    for place in 0 .. heads.Length - 1 do
                        columns[place].Add record[place]

            if lines.Count = 0 then
                Defect.refuse "line 1" (if heads.Length = 0 then "the file is empty" else "no rows below the names")

            { Heads = heads; Cells = columns |> Array.map _.ToArray(); Lines = lines.ToArray() })
