namespace NeuralNetwork.Plans

open System
open System.Runtime.InteropServices
open NeuralNetwork.Maths

/// A map of the columns of a table, each by itself: y = (x / Divisor - Shift) / Scale. Shift and Scale have a number for
/// each column, or both are empty, which stands for 0 and 1.
[<Struct; RequireQualifiedAccess>]
type internal Affine =
    {
        /// What a number is divided by first.
        Divisor: float
        /// What is then subtracted, for each column.
        Shift: float[]
        /// What the difference is divided by, for each column.
        Scale: float[]
    }

    /// What a number of a column becomes.
    member inline affine.Of(column: int, x: float) : float =
        let quotient = x / affine.Divisor

        if affine.Shift.Length = 0 then
            quotient
        else
            (quotient - affine.Shift[column]) / affine.Scale[column]

    /// The way back for the divisor 1: x = y·Scale + Shift.
    member inline affine.From(column: int, y: float) : float = y * affine.Scale[column] + affine.Shift[column]

    /// As in: divided by 255; divided by 1, 3 columns shifted and scaled.
    override affine.ToString() =
        let columns = affine.Shift.Length
        let scaled = if columns = 0 then "" else $""", {Text.count columns "column"} shifted and scaled"""
        $"divided by {Text.number affine.Divisor}{scaled}"

/// How a column of a table becomes features.
[<RequireQualifiedAccess>]
type Column =
    /// One feature. A missing cell becomes Missing; where that is NaN, a missing cell is refused.
    | Number of Name: string * Missing: float
    /// A feature for each category: 1 for the cell's own, 0 for the others. A cell of no category is refused.
    | Category of Name: string * Categories: string[]
    /// The same for cells that may be of no category: then all these features are 0 or, with HasOther, one more is 1, the
    /// last, which training knows from categories too rare for features of their own.
    | OpenCategory of Name: string * Categories: string[] * HasOther: bool
    /// A day, or with HasTime a moment: its year with the part of it that has gone by (2024.5), and the sine and cosine of
    /// its place in the year, the month, the week and, with HasTime, the day; 7 or 9 features. IsDayFirst is how
    /// 3/4/2024 is read. A missing cell becomes Missing, a number for each feature; where that is empty, it is refused.
    | Date of Name: string * IsDayFirst: bool * HasTime: bool * Missing: float[]

    /// What stands above the column.
    member column.Title: string =
        match column with
        | Column.Number(name, _)
        | Column.Category(name, _)
        | Column.OpenCategory(name, _, _)
        | Column.Date(name, _, _, _) -> name

    /// The same in arrays of its own.
    member internal column.Copy() : Column =
        match column with
        | Column.Number _ -> column
        | Column.Category(name, categories) -> Column.Category(name, Array.copy categories)
        | Column.OpenCategory(name, categories, hasOther) -> Column.OpenCategory(name, Array.copy categories, hasOther)
        | Column.Date(name, isDayFirst, hasTime, missing) -> Column.Date(name, isDayFirst, hasTime, Array.copy missing)

    /// Whether another column becomes the same features of the same cells.
    member internal column.IsLike(other: Column) : bool =
        let areSame (left: float[]) (right: float[]) =
            left.Length = right.Length && Array.forall2 (fun (x: float) y -> x.Equals y) left right

        match column, other with
        | Column.Number(name, missing), Column.Number(other, same) -> name = other && missing.Equals same
        | Column.Date(name, first, time, missing), Column.Date(other, otherFirst, otherTime, same) ->
            (name, first, time) = (other, otherFirst, otherTime) && areSame missing same
        | (Column.Category _ | Column.OpenCategory _), (Column.Category _ | Column.OpenCategory _) -> column = other
        | _ -> false

    /// The number of features the column becomes.
    member column.Features: int =
        match column with
        | Column.Number _ -> 1
        | Column.Category(_, categories) -> categories.Length
        | Column.OpenCategory(_, categories, hasOther) -> categories.Length + (if hasOther then 1 else 0)
        | Column.Date(_, _, hasTime, _) -> if hasTime then Calendar.FeaturesOfMoment else Calendar.FeaturesOfDay

    /// The categories that have a feature each; none for numbers and dates.
    member internal column.Known: string[] =
        match column with
        | Column.Category(_, categories)
        | Column.OpenCategory(_, categories, _) -> categories
        | Column.Number _
        | Column.Date _ -> [||]

    /// What tells the features of the column apart: a category, a part of a date; None for the number, and for other
    /// categories.
    member internal column.Parts: string option list =
        match column with
        | Column.Number _ -> [ None ]
        | Column.Category(_, categories) -> [ for category in categories -> Some category ]
        | Column.OpenCategory(_, categories, hasOther) ->
            [ for category in categories do
                  Some category
              if hasOther then
                  None ]
        | Column.Date _ -> Calendar.names |> List.take column.Features |> List.map Some

    /// The features of the column by name, in their order: age; job=clerk; hired.year.
    member column.FeatureNames: string[] =
        let mark = if column.IsDate then "." else "="

        [| for part in column.Parts ->
               match part with
               | None when column.IsNumber -> column.Title
               | None -> column.Title + "=(other)"
               | Some part -> column.Title + mark + part |]

    // What a table's columns are taken for ------------------------------------------------------------------------------

    /// The most categories of a column: each of them becomes a feature.
    static member MostCategories: int = 1000

    /// The most classes of a target.
    static member MostClasses: int = 5000

    /// The most classes that numbers are taken for if nobody says what they are.
    static member MostGuessedClasses: int = 20

    /// <summary>Whether a column is one of numbers: as soon as half of the cells that are there are numbers, the other half is
    /// mistakes.</summary>
    /// <param name="numbers">The cells that are numbers.</param>
    /// <param name="there">The cells that are not missing.</param>
    /// <returns>Whether it is so.</returns>
    static member AreNumbers(numbers: int, there: int) : bool = numbers * 2 >= there

    /// <summary>Whether a column is one of dates: as soon as more than half of the cells that are there are dates, the rest is
    /// mistakes.</summary>
    /// <param name="dates">The cells that are dates.</param>
    /// <param name="there">The cells that are not missing.</param>
    /// <returns>Whether it is so.</returns>
    static member AreDates(dates: int, there: int) : bool = dates * 2 > there

    /// <summary>Whether whole numbers of a target are classes where nobody says what they are: few different ones, each of them in
    /// two rows on average.</summary>
    /// <param name="different">How many different ones there are.</param>
    /// <param name="rows">The number of rows.</param>
    /// <returns>Whether it is so.</returns>
    static member AreClasses(different: int, rows: int) : bool = different <= min Column.MostGuessedClasses (rows / 2)

    /// <summary>What the different texts of a column are called as categories or classes. Where all are numbers, those of the same
    /// exact value are the same, 1 and 1.0 and 1e0, and are in the order of their size; otherwise every text is what it is (01 is not
    /// 1), and they are in the order of their code points. The text "" stands for missing cells.</summary>
    /// <param name="texts">The texts, each once.</param>
    /// <param name="plain">The same texts with their numbers as 1234.5 is written.</param>
    /// <returns>The names, the one for missing cells first; for each text its place among the names; whether all of them are
    /// numbers.</returns>
    /// <exception cref="T:System.ArgumentException">There are not as many texts of both kinds.</exception>
    static member Names(texts: string[], plain: string[]) : struct (string[] * int[] * bool) =
        ArgumentNullException.ThrowIfNull(texts, nameof texts)
        ArgumentNullException.ThrowIfNull(plain, nameof plain)

        if texts.Length <> plain.Length then
            raise (ArgumentException($"{plain.Length} texts for {texts.Length}", nameof plain))

        Naming.ofTexts texts plain

    /// <summary>The one text that stands for a number as a category, however it is written: 1 for 1.0 and 1e0.</summary>
    /// <param name="text">How it is written.</param>
    /// <param name="isWhole">Whether it is a whole number.</param>
    /// <returns>The text; null where it is no number, or has a zero in front, as codes have.</returns>
    static member Numeral(text: string, [<Out>] isWhole: byref<bool>) : string | null =
        ArgumentNullException.ThrowIfNull(text, nameof text)

        match ExactNumber.tryRead text with
        | Some number ->
            isWhole <- number.IsWhole
            string number
        | None ->
            isWhole <- false
            null

    /// <summary>What a text may be a number in that people write and programs do not: 1,5 and 1 234 and 1.234,5; 1234.5 itself, too.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <returns>Of each notation that fits the decimal point, what stands between thousands ('\0' for nothing), and the number.
    /// </returns>
    static member NumbersIn(text: string) : struct (char * char * float)[] =
        ArgumentNullException.ThrowIfNull(text, nameof text)
        OtherNotation.numbers text

    /// <summary>What is left of a number without currency, percent and the brackets of accountants, in digits of ASCII.</summary>
    /// <param name="text">The text, as $5 or (12 %), or 1.5D+03 of Fortran, which becomes 1.5e+03.</param>
    /// <returns>What is left; the text itself where there is none of it.</returns>
    static member WithoutSigns(text: string) : string =
        ArgumentNullException.ThrowIfNull(text, nameof text)
        OtherNotation.without text

    /// <summary>Whether a text is a number to the base 2, 8 or 16, as 0x1F.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether it is so.</returns>
    static member IsOfRadix(text: string) : bool =
        ArgumentNullException.ThrowIfNull(text, nameof text)
        OtherNotation.isOfRadix text

    /// <summary>Reads a day or moment as tables have them: 2024-02-29, 2024-02-29T12:30:00Z, 29.2.2024, 2/29/2024 12:30 PM. The
    /// time of day is that of where it was written, whatever time zone stands behind it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isDayFirst">What stands in front where the year stands behind; with points it is always the
    /// day.</param>
    /// <returns>The moment, of a day its beginning; null where the text is neither.</returns>
    static member ReadDate(text: ReadOnlySpan<char>, isDayFirst: bool) : Nullable<DateTime> =
        let mutable moment = DateTime.MinValue
        if Calendar.tryRead text isDayFirst &moment then Nullable moment else Nullable()

    /// <summary>Writes the features of a moment in the order of Date.</summary>
    /// <param name="moment">The moment.</param>
    /// <param name="features">Room for 7 features or, with the time of day, 9.</param>
    /// <exception cref="T:System.ArgumentException">There is room for another number of features.</exception>
    static member WriteDate(moment: DateTime, features: Span<float>) : unit =
        if features.Length <> Calendar.FeaturesOfDay && features.Length <> Calendar.FeaturesOfMoment then
            raise (ArgumentException($"room for {features.Length} features of a date, not 7 or 9", nameof features))

        Calendar.write moment features

    /// As in: number age; category colour of 3; date hired.
    override column.ToString() =
        match column with
        | Column.Number(name, _) -> "number " + name
        | Column.Category(name, categories) -> "category " + name + " of " + string categories.Length
        | Column.OpenCategory(name, categories, hasOther) ->
            let others = if hasOther then " and others" else ", open"
            "category " + name + " of " + string categories.Length + others
        | Column.Date(name, _, hasTime, _) -> (if hasTime then "moment " else "date ") + name
