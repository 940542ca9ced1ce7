namespace NeuralNetwork.Formats

open System
open System.Text
open NeuralNetwork.Maths

/// Rows of a sparse text file, filled up with zeros, and the number at the beginning of each.
type LibSvm =
    {
        /// The number of rows.
        Rows: int
        /// The number of features: the greatest index in the file, counted from the first on.
        Cols: int
        /// The index of the first feature: 1, or 0 as LightGBM has it.
        FirstIndex: int
        /// Rows x Cols numbers; 0 where the file has none.
        Values: float[]
        /// The number in front of each row.
        Targets: float[]
    }

    /// As in: 4 rows of 2 features, numbered from 1 on.
    override found.ToString() =
        ((Text.count found.Rows "row")
         + " of "
         + (Text.count found.Cols "feature")
         + ", numbered from "
         + (string found.FirstIndex)
         + " on")

/// The text format of LIBSVM: a line is `target index:value ...`, indices rise from 1 on, or from 0 as LightGBM has them, #
/// begins a comment. No `qid:`.
module internal LibSvm =

    /// The greatest index.
    [<Literal>]
    let MaximalCols = 1_000_000

    let private blanks = [| ' '; '\t'; '\r' |]

    let private number (field: string) (text: string) : float =
        match Text.tryNumber text with
        | Some value when Double.IsFinite value -> value
        | _ -> Defect.refuse field $"{Defect.quote text} (expected a finite number)"

    let private entry (least: int, most: int) (field: string) (word: string) : struct (int * float) =
        match word.IndexOf ':' with
        | -1 -> Defect.refuse field $"{Defect.quote word} (expected index:value)"
        | _ when word.StartsWith("qid:", StringComparison.Ordinal) ->
            Defect.refuse field $"{Defect.quote word} (ranking is not supported)"
        | colon ->
            let style, culture = Globalization.NumberStyles.None, Globalization.CultureInfo.InvariantCulture

            match Int32.TryParse(word.AsSpan(0, colon), style, culture) with
            | true, index when index >= least && index <= most ->
                struct (index, number $"{field}: index {index}" word[colon + 1 ..])
            | _ ->
                Defect.refuse
                    field
                    $"{Defect.quote word[.. colon - 1]} (an index is a whole number in {least} .. {most})"

    let private checkOrder (field: string) (entries: struct (int * float)[]) =
        for struct (before, _), struct (index, _) in Array.pairwise entries do
            if index <= before then
                Defect.refuse field $"index {index} after {before} (indices rise)"

    /// The target and the entries of a line; nothing for a line without any.
    let private row (bounds: int * int) (line: int) (text: string) =
        let field = $"line {line}"
        let content = (text.Split '#')[0]

        match List.ofArray (content.Split(blanks, StringSplitOptions.RemoveEmptyEntries)) with
        | [] -> None
        | target :: words ->
            let target = number field target
            let entries = words |> Array.ofList |> Array.map (entry bounds field)
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

    let private dense (first: int) (cols: int) (rows: struct (float * struct (int * float)[])[]) : float[] =
        let values = Array.zeroCreate<float>(rows.Length * cols)

        rows
        |> Array.iteri (fun row (struct (_, entries)) ->
            for struct (index, value) in entries do
                values[row * cols + index - first] <- value)

        values

    /// A table may be much longer than its file, which leaves zeros out; but a small file cannot ask for all memory.
    let private checkSize (bytes: int) (rows: int) (cols: int) =
        let needed, limit = 8L * int64 rows * int64 cols, 64L * 1024L * 1024L + 1024L * int64 bytes

        if needed > limit || needed / 8L > int64 Array.MaxLength then
            Defect.refuse "size" $"{rows} rows of {cols} numbers are {needed} bytes (limit for this file {limit})"

    let private lastIndex (struct (_, entries: struct (int * float)[])) : int =
        if entries.Length = 0 then 0 else let struct (index, _) = Array.last entries in index

    let private hasZero (struct (_, entries: struct (int * float)[])) : bool =
        entries.Length > 0 && (let struct (index, _) = entries[0] in index = 0)

    /// Reads a whole file whose first feature has this index, 0 or 1. With None that is 0 where a 0 occurs, and 1 in all other
    /// files.
    let readFrom (first: int option) (bytes: byte[]) : Result<LibSvm, Defect> =
        Defect.catch (fun () ->
            if not (Unicode.Utf8.IsValid(ReadOnlySpan bytes)) then
                Defect.refuse "text" "not UTF-8"

            let least = Option.defaultValue 0 first
            let bounds = least, MaximalCols - 1 + Option.defaultValue 1 first
            let rows = lines bytes |> Seq.mapi (fun index -> row bounds (index + 1)) |> Seq.choose id |> Array.ofSeq

            if rows.Length = 0 then
                Defect.refuse "rows" "none"

            let first = first |> Option.defaultWith (fun () -> if Array.exists hasZero rows then 0 else 1)
            let cols = rows |> Array.fold (fun most row -> max most (lastIndex row - first + 1)) 1

            if cols > MaximalCols then
                Defect.refuse "size" $"{cols} features, from index 0 on (limit {MaximalCols})"

            checkSize bytes.Length rows.Length cols

            { Rows = rows.Length
              Cols = cols
              FirstIndex = first
              Values = dense first cols rows
              Targets = rows |> Array.map (fun (struct (target, _)) -> target) })

    /// Reads a whole file with indices from 1 on.
    let read (bytes: byte[]) : Result<LibSvm, Defect> = readFrom (Some 1) bytes

type LibSvm with

    /// <summary>Reads the bytes of a file. Features count from the first one on: 1, or 0 as LightGBM has it.</summary>
    /// <param name="bytes">The bytes of a file.</param>
    /// <param name="first">The number of the first feature.</param>
    static member Read(bytes: byte[], first: int option) : Result<LibSvm, Defect> = LibSvm.readFrom first bytes
