namespace NeuralNetwork.Plans

open System
open System.Globalization
open NeuralNetwork.Maths

/// Texts that a reader takes for numbers and a program does not: 1,5 and 1 234 and $5 and 0x1F. A column of them is a mistake, and
/// never one of categories.
module internal OtherNotation =

    [<Literal>]
    let private Longest = 40

    /// A decimal point, and what stands between thousands; none where that is the zero character.
    type private Notation = { Decimal: char; Thousands: char }

    let private plain = { Decimal = '.'; Thousands = '\000' }

    let private known =
        [ plain
          { plain with Decimal = ',' }
          { Decimal = '.'; Thousands = ',' }
          { Decimal = ','; Thousands = '.' }
          for mark in [ ' '; '\''; '_' ] do
              { Decimal = '.'; Thousands = mark }
              { Decimal = ','; Thousands = mark } ]

    let private currencies = [ "USD"; "EUR"; "GBP"; "JPY"; "CHF"; "CNY"; "INR"; "US$"; "R$"; "A$"; "C$" ]

    let private isThousands (notation: Notation) (letter: char) : bool =
        match notation.Thousands with
        | ' ' -> letter = ' ' || letter = '\u00A0' || letter = '\u202F' || letter = '\u2009'
        | '\'' -> letter = '\'' || letter = '\u2019'
        | '\000' -> false
        | mark -> letter = mark

    /// The digits in front without what stands between thousands, and the place behind them. Thousands are marked everywhere in a
    /// number or nowhere: 1.234.567, and never 1.23. In India the thousands above the first come in pairs: 12,34,567.
    let private tryWhole (notation: Notation) (text: string) : struct (string * int) voption =
        let sign = if text.StartsWith '+' || text.StartsWith '-' then 1 else 0
        let isPart letter = Char.IsAsciiDigit letter || isThousands notation letter
        let length = text |> Seq.skip sign |> Seq.takeWhile isPart |> Seq.length
        let digits = text.Substring(sign, length)

        let groups =
            List.ofArray (
                (String.map (fun letter -> if Char.IsAsciiDigit letter then letter else ' ') digits).Split ' '
            )

        let isSound =
            match groups, List.rev groups with
            | [ _ ], _ -> true
            | first :: _, last :: above ->
                first.Length >= 1
                && first.Length <= 3
                && last.Length = 3
                && List.forall (fun (group: string) -> group.Length <= 3) above
                && (List.rev above).Tail |> List.forall (fun group -> group.Length >= 2)
            | _ -> false

        if isSound then
            ValueSome(struct (text[.. sign - 1] + String.Join("", groups), sign + length))
        else
            ValueNone

    let private tryNumber (notation: Notation) (text: string) : float voption =
        match tryWhole notation text with
        | ValueNone -> ValueNone
        | ValueSome(struct (whole, place)) ->
            let rest = text.Substring place
            let isDecimal = rest.StartsWith notation.Decimal
            let behind = if isDecimal then rest.Substring 1 else rest
            let isExponent = rest = "" || rest.StartsWith 'e' || rest.StartsWith 'E'
            let mutable number = nan
            let plain = whole + (if isDecimal then "." else "") + behind

            if (isDecimal || isExponent) && not (behind.Contains '.') && Text.tryReadNumber plain &number then
                ValueSome number
            else
                ValueNone

    let private hasMarksOf (notation: Notation) (text: string) : bool =
        if notation.Thousands = '\000' then
            text.Contains notation.Decimal
        else
            (tryNumber { notation with Thousands = '\000' } text).IsNone
            && (notation.Decimal = '.'
                || text.Contains ','
                || (notation.Thousands = '.' && (text |> Seq.filter ((=) '.') |> Seq.length) > 1))

    /// The numbers that a text may be. A notation with more marks than the text has says nothing that a simpler one does not.
    let private readings (text: string) : (Notation * float) list =
        [ for notation in known do
              match tryNumber notation text with
              | ValueSome number when Double.IsFinite number && (notation = plain || hasMarksOf notation text) ->
                  notation, number
              | _ -> () ]

    let private isRadix (text: string) : bool =
        let bare = if text.StartsWith '+' || text.StartsWith '-' then text[1..] else text
        let digits = if bare.Length > 2 then bare[2..] else ""

        let are (letters: string) = digits <> "" && digits |> Seq.forall (fun digit -> letters.Contains digit)

        bare.StartsWith '0'
        && digits <> ""
        && (match bare[1] with
            | 'x'
            | 'X' -> are "0123456789abcdefABCDEF_"
            | 'b'
            | 'B' -> are "01_"
            | 'o'
            | 'O' -> are "01234567_"
            | _ -> false)

    let private ascii (letter: char) : char =
        match letter with
        | '\u2212'
        | '\u2013'
        | '\uFF0D'
        | '\uFE63' -> '-'
        | '\uFF0B' -> '+'
        | '\uFF0E'
        | '\u066B' -> '.'
        | '\uFF0C'
        | '\u066C' -> ','
        | _ when Char.IsDigit letter -> char (int '0' + int (Char.GetNumericValue letter))
        | _ -> letter

    let private isMark (letter: char) : bool =
        letter = '%' || letter = '\u2030' || Char.GetUnicodeCategory letter = UnicodeCategory.CurrencySymbol

    let private isSigned (text: string) = text.StartsWith '+' || text.StartsWith '-'

    /// Without one currency or percent, in front or behind.
    let private shorter (text: string) : string =
        let sign = if isSigned text then text[..0] else ""
        let rest = text.Substring(sign.Length).Trim()
        let starts (name: string) = rest.StartsWith(name, StringComparison.Ordinal)
        let ends (name: string) = rest.EndsWith(name, StringComparison.Ordinal)

        let left =
            if rest = "" then
                rest
            elif isMark rest[0] then
                rest.Substring 1
            elif isMark rest[rest.Length - 1] then
                rest.Substring(0, rest.Length - 1)
            else
                match List.tryFind starts currencies, List.tryFind ends currencies with
                | Some name, _ -> rest.Substring name.Length
                | None, Some name -> rest.Substring(0, rest.Length - name.Length)
                | None, None -> rest

        let left = left.Trim()
        if sign <> "" && isSigned left then text else sign + left

    let rec private shortest (text: string) : string =
        let next = shorter text
        if next = text then text else shortest next

    /// 1.5D+03 as Fortran writes it.
    let private ofFortran (text: string) : string =
        let place = text.IndexOfAny [| 'd'; 'D' |]
        let isDigits (part: string) = part <> "" && Seq.forall Char.IsAsciiDigit part
        let unsigned (part: string) = if isSigned part then part.Substring 1 else part

        if place < 0 then
            text
        else
            let mantissa, exponent = unsigned text[.. place - 1], unsigned text[place + 1 ..]
            let parts = mantissa.Split '.'
            let isMantissa = parts.Length = 2 && Seq.forall Char.IsAsciiDigit (String.Join("", parts))
            if isMantissa && isDigits exponent then text[.. place - 1] + "e" + text[place + 1 ..] else text

    /// Without currency, percent, brackets of accountants; digits and signs of other scripts as those of ASCII.
    let private bare (text: string) : string =
        let plain = (String.map ascii text).Trim()

        let inside =
            if plain.Length > 1 && plain.StartsWith '(' && plain.EndsWith ')' then
                plain[1 .. plain.Length - 2].Trim()
            else
                plain

        ofFortran (shortest inside)

    /// What a text may be a number in: of each notation the decimal point, what stands between thousands (a zero character for
    /// nothing) and the number.
    let numbers (text: string) : struct (char * char * float)[] =
        if text.Length > Longest || not (Seq.exists Char.IsDigit text) then
            [||]
        else
            [| for notation, number in readings text -> struct (notation.Decimal, notation.Thousands, number) |]

    /// The number that is left without currency, percent and the brackets of accountants, in digits of ASCII; the text itself where
    /// there are none, or where it is too long for a number.
    let without (text: string) : string = if text.Length > Longest then text else bare text

    /// Whether a text is a number to the base 2, 8 or 16, as 0x1F.
    let isOfRadix (text: string) : bool = text.Length <= Longest && isRadix text

    /// Whether a text is a number in another notation than 1234.5.
    let is (text: string) : bool =
        numbers text
        |> Array.exists (fun (struct (point, thousands, _)) -> { Decimal = point; Thousands = thousands } <> plain)
        || isOfRadix text
        || (let bare = without text
            bare <> text && (numbers bare).Length > 0)
