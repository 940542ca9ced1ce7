namespace NeuralNetwork.Plans

open System
open System.Globalization

/// A decimal number exactly as a text has it, however long: ±0.Digits·10^Exponent, without zeros at either end of the digits. An
/// id above 2^53 is none that a float64 holds, and two of them may be the same float64.
[<CustomEquality; CustomComparison>]
type internal ExactNumber =
    { IsNegative: bool
      Digits: string
      Exponent: int }

    // Up to so many zeros are written out.
    static member private MostZeros = 30
    static member private LongestExponent = 5

    member number.IsWhole: bool = number.Exponent >= number.Digits.Length

    member private number.Sign: int =
        if number.Digits = "" then 0
        elif number.IsNegative then -1
        else 1

    member number.CompareTo(other: ExactNumber) : int =
        if number.Sign <> other.Sign then
            compare number.Sign other.Sign
        else
            let size =
                if number.Exponent <> other.Exponent then
                    compare number.Exponent other.Exponent
                else
                    String.CompareOrdinal(number.Digits, other.Digits)

            if number.IsNegative then -size else size

    interface IComparable<ExactNumber> with
        member number.CompareTo other =
            match other with
            | null -> 1
            | other -> number.CompareTo other

    interface IComparable with
        member number.CompareTo(other: obj) =
            match other with
            | :? ExactNumber as other -> number.CompareTo other
            | _ -> 1

    override number.Equals(other: obj) =
        match other with
        | :? ExactNumber as other -> number.CompareTo other = 0
        | _ -> false

    override number.GetHashCode() = HashCode.Combine(number.Digits, number.Exponent)

    /// The one text that stands for the number, however it was written.
    override number.ToString() =
        let sign = if number.IsNegative then "-" else ""
        let digits, exponent = number.Digits, number.Exponent

        if digits = "" then
            "0"
        elif number.IsWhole && exponent - digits.Length <= ExactNumber.MostZeros then
            sign + digits + String('0', exponent - digits.Length)
        elif not number.IsWhole && exponent > 0 then
            sign + digits[.. exponent - 1] + "." + digits[exponent..]
        elif not number.IsWhole && -exponent <= ExactNumber.MostZeros then
            sign + "0." + String('0', -exponent) + digits
        else
            let behind = if digits.Length > 1 then "." + digits[1..] else ""
            sign + string digits[0] + behind + "e" + (exponent - 1).ToString CultureInfo.InvariantCulture

    static member private TryExponent(text: string, exponent: byref<int>) : bool =
        let style, culture = NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture

        text = ""
        || (text.Length > 1
            && text.Length <= ExactNumber.LongestExponent + 2
            && Int32.TryParse(text.AsSpan 1, style, culture, &exponent))

    /// Reads 1, 1.0, -.5, 1e3. A number with a zero in front, 01, is none here: it is a code, and its zero is part of it.
    static member tryRead(text: string) : ExactNumber option =
        let isSigned = text.StartsWith '+' || text.StartsWith '-'
        let rest = if isSigned then text[1..] else text
        let letter = rest.AsSpan().IndexOfAny('e', 'E')
        let mantissa = if letter < 0 then rest else rest[.. letter - 1]
        let mutable exponent = 0

        if not (ExactNumber.TryExponent(rest[mantissa.Length ..], &exponent)) then
            None
        else
            let point = mantissa.IndexOf '.'
            let whole = if point < 0 then mantissa else mantissa[.. point - 1]
            let fraction = if point < 0 then "" else mantissa[point + 1 ..]
            let all = whole + fraction
            let isCode = whole.Length > 1 && whole[0] = '0'

            if all = "" || isCode || not (String.forall Char.IsAsciiDigit all) then
                None
            else
                let digits = all.TrimStart '0'
                let exponent = exponent + whole.Length - (all.Length - digits.Length)
                let digits = digits.TrimEnd '0'

                if digits = "" then
                    Some { IsNegative = false; Digits = ""; Exponent = 0 }
                else
                    Some { IsNegative = text[0] = '-'; Digits = digits; Exponent = exponent }

/// What the different texts of a column are called as categories or classes.
module internal Naming =

    /// Texts in the order of their code points, which is that of their bytes in UTF-8 and of sorted() in Python: surrogates stand
    /// for what lies above all other units of UTF-16.
    let byCodePoints (left: string) (right: string) : int =
        let same = left.AsSpan().CommonPrefixLength(right.AsSpan())

        if same = left.Length || same = right.Length then
            compare left.Length right.Length
        else
            let a, b = left[same], right[same]
            let isHighA, isHighB = Char.IsSurrogate a, Char.IsSurrogate b
            if isHighA = isHighB then compare a b else compare isHighA isHighB

    /// The names in order, the one for missing cells first, which is empty; for each text its place among the names; and whether all
    /// of them are numbers. `plain` has every text as it is written plainly. Where all texts are numbers, those of the same exact
    /// value are the same, 1 and 1.0 and 1e0, and are in the order of their size; otherwise every text is what it is (01 is not
    /// 1), and they are in the order of their code points.
    let ofTexts (texts: string[]) (plain: string[]) : struct (string[] * int[] * bool) =
        let numbers = plain |> Array.map ExactNumber.tryRead

        let areNumbers =
            Array.exists ((<>) "") texts
            && Array.forall2 (fun text number -> text = "" || Option.isSome number) texts numbers

        let written (text: string) (number: ExactNumber option) =
            match number with
            | Some number when areNumbers -> string number
            | _ -> text

        let names = Array.map2 written texts numbers

        let ordered =
            if areNumbers then
                Array.append
                    (if Array.contains "" names then [| "" |] else [||])
                    (numbers |> Array.choose id |> Array.distinct |> Array.sort |> Array.map string)
            else
                Array.distinct names |> Array.sortWith byCodePoints

        let places = Collections.Generic.Dictionary<string, int> StringComparer.Ordinal
        ordered |> Array.iteri (fun place name -> places[name] <- place)
        struct (ordered, names |> Array.map (fun name -> places[name]), areNumbers)
