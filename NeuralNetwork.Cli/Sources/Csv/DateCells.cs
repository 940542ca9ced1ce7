using System.Globalization;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Sources;

/// <summary>What becomes of columns of dates.</summary>
internal enum DateReading
{
    /// <summary>Their parts are features. Which of 3/4 is the day the column itself has to tell.</summary>
    Auto,

    /// <summary>The same; 3/4 is the third of April where the column does not tell.</summary>
    DayFirst,

    /// <summary>The same; 3/4 is the fourth of March where the column does not tell.</summary>
    MonthFirst,

    /// <summary>They are categories, as other texts are.</summary>
    Text,
}

/// <summary>How the dates of a column are written.</summary>
internal sealed record DateForm(bool IsDayFirst, bool HasTime)
{
    /// <summary>What is said of a column that has become one of dates.</summary>
    public string Note(string path, string column) =>
        $"{path}: column {Failure.Quote(column)}: {(HasTime ? "dates with times" : "dates")}: year and place in the year, month"
        + $"{(HasTime ? ", week and day" : " and week")}, {Column.NewDate("", IsDayFirst, HasTime, []).Features} features"
        + $" (--categorical {ShellLine.Quoted(column)} takes the texts)";

    /// <summary>A day, with its time if it has one.</summary>
    public static string Shown(DateTime moment) =>
        moment.ToString(
            moment.TimeOfDay == default ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss",
            CultureInfo.InvariantCulture
        );

    /// <summary>Whether a text is a date, in whatever order its parts are.</summary>
    public static bool IsDate(string text) =>
        Column.ReadDate(text, true) is not null || Column.ReadDate(text, false) is not null;
}

/// <summary>Which columns of a table have dates, and how these are written.</summary>
internal sealed class DateColumns
{
    /// <summary>As many cells tell whether a column is one of dates. Those of one tell to the end how they are written.</summary>
    private const int MostCells = 1000;

    private readonly int place;

    // Nothing is in the first rows: the first cell that is there tells.
    private readonly bool isUnknown;
    private int there;
    private int dates;

    // Those that are dates with the day in front only, with the month in front only, and another one with each.
    private int dayFirst;
    private int monthFirst;
    private (string Text, DateTime Day, DateTime Month)? ambiguous;
    private bool hasTime;

    private DateColumns(int place, bool isUnknown) => (this.place, this.isUnknown) = (place, isUnknown);

    /// <summary>
    /// The columns among these that have dates: as soon as more than half of the first cells that are there are dates, the rest is
    /// mistakes. A failure where nobody says which number is the day.
    /// </summary>
    public static IReadOnlyDictionary<int, DateForm> Of(
        RowSource source,
        TableLook look,
        IEnumerable<int> places,
        DateReading reading
    )
    {
        if (reading == DateReading.Text)
            return new Dictionary<int, DateForm>();
        var all = places
            .Where(place => !look.IsNumber[place] || look.Unknown.Contains(place))
            .Select(place => new DateColumns(place, look.Unknown.Contains(place)))
            .ToArray();
        Read(source, [.. all]);
        return all.Where(column => column.IsDates)
            .ToDictionary(
                column => column.place,
                column => new DateForm(
                    column.IsDayFirst(source.Path, look.Names[column.place], reading),
                    column.hasTime
                )
            );
    }

    // To open a file may be to decode a part of it: for a table of numbers alone it is not opened.
    private static void Read(RowSource source, List<DateColumns> open)
    {
        if (open.Count == 0)
            return;
        using var at = source.Open();
        while (open.Count > 0 && at.Next())
        {
            foreach (var column in open)
                column.Add(at);
            open.RemoveAll(column => !column.IsOpen);
        }
    }

    private bool IsDates => Column.AreDates(dates, there);

    private bool IsOpen => IsDates || there < (isUnknown ? 1 : MostCells);

    private void Add(RowCursor at)
    {
        // A row of another length is refused by whoever reads all of them.
        if (place >= at.Count || at.IsRefused(place) || at.IsMissing(place))
            return;
        var text = at.Text(place);
        there++;
        var (day, month) = (Column.ReadDate(text, true), Column.ReadDate(text, false));
        if ((day ?? month) is not { } date)
            return;
        dates++;
        hasTime |= date.TimeOfDay != default;
        dayFirst += month is null ? 1 : 0;
        monthFirst += day is null ? 1 : 0;
        if (day is { } one && month is { } other && one != other)
            ambiguous ??= (text, one, other);
    }

    private bool IsDayFirst(string path, string name, DateReading reading) =>
        dayFirst != monthFirst ? dayFirst > monthFirst
        : reading != DateReading.Auto ? reading == DateReading.DayFirst
        : ambiguous is not { } one ? false
        : throw Failure.BadInput(
            $"{path}: column {Failure.Quote(name)}: {Failure.Quote(one.Text)} may be {DateForm.Shown(one.Day)} or {DateForm.Shown(one.Month)}"
                + $" ({OptionName.Dates} day-first or month-first says it; --categorical {ShellLine.Quoted(name)} takes the texts)"
        );
}

/// <summary>A column of dates.</summary>
internal sealed class DateCells : Cells
{
    private const long Missing = -1;

    // What a missing cell becomes; none: NaN, which is filled later.
    private readonly double[] fill;
    private readonly Blocks<long> ticks = new();

    /// <summary>A column whose missing cells are filled later, if they are accepted.</summary>
    public DateCells(string name, int place, DateForm form, MissingCells missing)
        : base(name, place, missing) => (Form, fill) = (form, []);

    /// <summary>A column for whose missing cells there are features; none: this becomes of them.</summary>
    public DateCells(string name, int place, DateForm form, double[] fill, MissingCells otherwise)
        : base(name, place, fill.Length == 0 ? otherwise : MissingCells.Mean) => (Form, this.fill) = (form, fill);

    public DateForm Form { get; }

    public override string Described => $"{base.Described} {Form}";

    /// <summary>What lays the next rows out: the features of each date.</summary>
    public Func<int, int> Layer(double[] values, int first, int features, int cols) =>
        start =>
        {
            var block = ticks.TakeBlock();
            for (var row = 0; row < block.Length; row++)
            {
                var place = values.AsSpan(((start + row) * cols) + first, features);
                if (block[row] != Missing)
                    Column.WriteDate(new(block[row]), place);
                else if (fill.Length == 0)
                    place.Fill(double.NaN);
                else
                    fill.CopyTo(place);
            }
            return block.Length;
        };

    public override TypeCode Kind => TypeCode.Double;

    public override void RemoveLast() => ticks.RemoveLast();

    public override IReadOnlyList<Blocks> All => [ticks];

    protected override bool TryAdd(RowCursor at)
    {
        if (at.IsMissing(Place) || Column.ReadDate(at.Text(Place), Form.IsDayFirst) is not { } moment)
            return false;
        ticks.Add(moment.Ticks);
        return true;
    }

    protected override void AddMissing() => ticks.Add(Missing);

    protected override Refused KindOf(RowCursor at) => Refused.NoDate;

    protected override string Refusal(RowCursor at)
    {
        var text = at.Text(Place);
        var found = DateForm.IsDate(text)
            ? $" has no such {(Form.IsDayFirst ? "month: the day stands in front" : "day: the month stands in front")}"
            : " is no date, as 2024-02-29 is";
        return $"{Failure.Quote(text)}{found} (--categorical {ShellLine.Quoted(Name)} takes texts, --ignore {ShellLine.Quoted(Name)} leaves the column out)";
    }
}
