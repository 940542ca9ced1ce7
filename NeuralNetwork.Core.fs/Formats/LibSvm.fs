namespace NeuralNetwork.Formats

open System
open System.Text
open NeuralNetwork
open NeuralNetwork.Engine

/// Rows of a sparse text file, filled up with zeros, and the number at the beginning of each.
type LibSvm =
    {
        /// The number of rows.
        Rows: int
        /// The greatest index in the file.
        Cols: int
        /// Rows x Cols numbers; 0 where the file has none.
        Values: float[]
        /// The number in front of each row.
        Targets: float[]
    }

/// The text format of LIBSVM: a line is `target index:value ...`, indices rise from 1 on, # begins a comment. No `qid:`.
module LibSvm =

    /// The greatest index.
    [<Literal>]
    let MaximalCols = 1_000_000

    let private blanks = [| ' '; '\t'; '\r' |]

    let private number (field: string) (text: string) : float =
        match Text.tryNumber text with
        | Some value when Double.IsFinite value -> value
        | _ -> Defect.refuse field $"{Defect.quote text} (expected a finite number)"

    let private entry (field: string) (word: string) : struct (int * float) =
        match word.IndexOf ':' with
        | -1 -> Defect.refuse field $"{Defect.quote word} (expected index:value)"
        | _ when word.StartsWith("qid:", StringComparison.Ordinal) ->
            Defect.refuse field $"{Defect.quote word} (ranking is not supported)"
        | colon ->
            let style, culture = Globalization.NumberStyles.None, Globalization.CultureInfo.InvariantCulture

            match Int32.TryParse(word.AsSpan(0, colon), style, culture) with
            | true, index when index >= 1 && index <= MaximalCols ->
                struct (index, number $"{field}: index {index}" word[colon + 1 ..])
            | _ ->
                Defect.refuse
                    field
                    $"{Defect.quote word[.. colon - 1]} (an index is a whole number in 1 .. {MaximalCols})"

    let private checkOrder (field: string) (entries: struct (int * float)[]) =
        for struct (before, _), struct (index, _) in Array.pairwise entries do
            if index <= before then
                Defect.refuse field $"index {index} after {before} (indices rise)"

    /// The target and the entries of a line; nothing for a line without any.
    let private row (line: int) (text: string) =
        let field = $"line {line}"
        let content = (text.Split '#')[0]

        match List.ofArray (content.Split(blanks, StringSplitOptions.RemoveEmptyEntries)) with
        | [] -> None
        | target :: words ->
            let target = number field target
            let entries = words |> Array.ofList |> Array.map (entry field)
            checkOrder field entries
            Some(struct (target, entries))

    /// One line after the other: all of them at once would take many times the memory of the file.
    let private lines (bytes: byte[]) : string seq =
        let next start =
            if start > bytes.Length then
                None
            else
                let found = Array.IndexOf(bytes, byte '\n', start)
                let stop = if found < 0 then bytes.Length else found
                Some(Encoding.UTF8.GetString(bytes, start, stop - start), stop + 1)

        let hasMark = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble)
        Seq.unfold next (if hasMark then Encoding.UTF8.Preamble.Length else 0)

    let private dense (cols: int) (rows: struct (float * struct (int * float)[])[]) : float[] =
        let values = Array.zeroCreate<float>(rows.Length * cols)

        rows
        |> Array.iteri (fun row (struct (_, entries)) ->
            for struct (index, value) in entries do
                values[row * cols + index - 1] <- value)

        values

    /// A table may be much longer than its file, which leaves zeros out; but a small file cannot ask for all memory.
    let private checkSize (bytes: int) (rows: int) (cols: int) =
        let needed, limit = 8L * int64 rows * int64 cols, 64L * 1024L * 1024L + 1024L * int64 bytes

        if needed > limit || needed / 8L > int64 Array.MaxLength then
            Defect.refuse "size" $"{rows} rows of {cols} numbers are {needed} bytes (limit for this file {limit})"

    /// Reads a whole file.
    let read (bytes: byte[]) : Result<LibSvm, Defect> =
        Defect.catch (fun () ->
            if not (Unicode.Utf8.IsValid(ReadOnlySpan bytes)) then
                Defect.refuse "text" "not UTF-8"

            let rows = lines bytes |> Seq.mapi (fun index text -> row (index + 1) text) |> Seq.choose id |> Array.ofSeq

            let cols =
                (1, rows)
                ||> Array.fold (fun most (struct (_, entries)) ->
                    if entries.Length = 0 then most else let struct (index, _) = Array.last entries in max most index)

            if rows.Length = 0 then
                Defect.refuse "rows" "none"

            checkSize bytes.Length rows.Length cols

            { Rows = rows.Length
              Cols = cols
              Values = dense cols rows
              Targets = rows |> Array.map (fun (struct (target, _)) -> target) })
