namespace NeuralNetwork.Maths

open System
open System.Globalization
open System.Text

/// Names and numbers as users write them: culture-invariant, with a did-you-mean.
module Text =

    /// The shortest text that reads back as the same number.
    let number (x: float) : string = x.ToString("R", CultureInfo.InvariantCulture)

    /// A number in four digits, to be looked at: 0.1234, 1E-05.
    let internal short (x: float) : string = x.ToString("G4", CultureInfo.InvariantCulture)

    /// A name with what belongs to it, as in: lion of beta1 0.9, beta2 0.99.
    let internal listed (name: string) (parts: string list) : string =
        if parts.IsEmpty then name else $"""{name} of {String.Join(", ", parts)}"""

    /// So many of something, as in: 1 row, 4 rows.
    let internal count (number: int) (one: string) : string =
        if number = 1 then "1 " + one else $"{string number} {one}s"

    /// Reads a number as `tryNumber` does, and allocates nothing.
    let internal tryReadNumber (text: string) (number: byref<float>) : bool =
        let style = NumberStyles.AllowLeadingSign ||| NumberStyles.AllowDecimalPoint ||| NumberStyles.AllowExponent
        Double.TryParse(text, style, CultureInfo.InvariantCulture, &number)

    /// Reads a finite or infinite number in the invariant culture: no thousands separators, no surrounding blanks.
    let tryNumber (text: string) : float option =
        let mutable number = nan
        if tryReadNumber text &number then Some number else None

    /// Letters and marks that Unicode lets a renderer leave out (Default_Ignorable_Code_Point) and that are of no category which
    /// says so: joiners, fillers, selectors of variants.
    let private ignorable =
        [ 0x034F, 0x034F; 0x115F, 0x1160; 0x17B4, 0x17B5; 0x180B, 0x180F; 0x3164, 0x3164 ]
        @ [ 0xFE00, 0xFE0F; 0xFFA0, 0xFFA0; 0xE0100, 0xE01EF ]

    /// Whether a character does something to what is around it instead of being seen: controls such as the escape of a
    /// terminal, ends of lines, marks that turn the direction of writing, marks without width, halves of a character.
    let private isUnseen (text: string) (place: int) : bool =
        match CharUnicodeInfo.GetUnicodeCategory(text, place) with
        | UnicodeCategory.Control
        | UnicodeCategory.Format
        | UnicodeCategory.LineSeparator
        | UnicodeCategory.ParagraphSeparator
        | UnicodeCategory.Surrogate -> true
        | _ ->
            let code = Char.ConvertToUtf32(text, place)
            ignorable |> List.exists (fun (first, last) -> code >= first && code <= last)

    /// A text from outside such that all of it is seen wherever it is shown: characters that would do something to what is
    /// around them are escaped as in JSON, the escape of a terminal as \u001b.
    let visible (text: string) : string =
        let isPlain (letter: char) = letter >= ' ' && letter <= '~'

        if String.forall isPlain text then
            text
        else
            let shown = StringBuilder(text.Length)
            let mutable place = 0

            while place < text.Length do
                let length = if Char.IsSurrogatePair(text, place) then 2 else 1
                let part = text.Substring(place, length)

                if isUnseen text place then
                    for letter in part do
                        shown.Append($"\\u{int letter:x4}") |> ignore
                else
                    shown.Append part |> ignore

                place <- place + length

            string shown

    /// At most 40 characters of a text from outside, in quotes and visible.
    let quote (text: string) : string =
        let shown = text |> Seq.truncate 40 |> Array.ofSeq |> String |> visible
        if text.Length > 40 then $"'{shown}…'" else $"'{shown}'"

    /// The number of insertions, deletions and substitutions between two words (Levenshtein 1966).
    let distance (left: string) (right: string) : int =
        let next (row: int list) (letter: char) =
            let step (cells: int list) (above: int, aboveLeft: int, other: char) =
                let substitute = if letter = other then aboveLeft else aboveLeft + 1
                min substitute (1 + min above (List.head cells)) :: cells

            List.zip3 (List.tail row) (List.take right.Length row) (List.ofSeq right)
            |> List.fold step [ List.head row + 1 ]
            |> List.rev

        Seq.fold next [ 0 .. right.Length ] left |> List.last

    /// The known word nearest to a mistyped one, if any is near enough to be meant.
    let nearest (known: string seq) (word: string) : string option =
        let most (k: string) = 1 + k.Length / 4
        // A word from a file may be as long as the file; no word is nearer than its length.
        let alike = known |> Seq.filter (fun k -> abs (k.Length - word.Length) <= most k)
        let near = alike |> Seq.map (fun k -> distance word k, k) |> Seq.filter (fun (d, k) -> d <= most k)
        if Seq.isEmpty near then None else Some(snd (Seq.min near))

    /// "relu" from "relu", "leaky-relu" and 0.1 from "leaky-relu:0.1"; a parameter that is no number gives NaN.
    let split (text: string) : string * float option =
        match text.IndexOf ':' with
        | -1 -> text, None
        | colon -> text[.. colon - 1], Some(tryNumber text[colon + 1 ..] |> Option.defaultValue nan)

    /// "focal" and [2; 0.25] from "focal:2:0.25"; a parameter that is no number gives NaN.
    let parameters (text: string) : string * float list =
        match List.ofArray (text.Split ':') with
        | word :: numbers -> word, numbers |> List.map (tryNumber >> Option.defaultValue nan)
        | [] -> text, []

    /// The value named by a word, or a line that says what the choices are.
    let choose (kind: string) (table: (string * 'Value) list) (word: string) : Result<'Value, string> =
        match List.tryFind (fun (name, _) -> name = word) table with
        | Some(_, value) -> Ok value
        | None ->
            let names = List.map fst table
            let shown = quote word

            match nearest names word with
            | Some name -> Error $"unknown {kind} {shown} (did you mean '{name}'?)"
            | None -> Error $"""unknown {kind} {shown} (one of: {String.Join(", ", names)})"""
