using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;
using NeuralNetwork.Maths;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Sources;

/// <summary>From the numbers or texts of a target column to what is learned, and to what the library takes.</summary>
internal static class TargetEncoder
{
    /// <summary>The most classes of all.</summary>
    public static int MostClasses => Column.MostClasses;

    /// <summary>
    /// Numbers of a target: classes where the user says so, or where there are few different ones and all are whole. The
    /// classes are named by the numbers, from the least on.
    /// </summary>
    public static (Learned Learned, Targets Targets) OfNumbers(string path, double[] numbers, bool? isClassification)
    {
        CheckFinite(path, numbers);
        var different = numbers.Distinct().Take(MostClasses + 1).ToArray();
        if (!(isClassification ?? AreClasses(different, numbers.Length)))
            return (new Learned.Values(1), Targets.NewValues(NumberArray.NewDoubles(numbers), 1));
        CheckClasses(path, numbers, different);
        Array.Sort(different);
        var names = Array.ConvertAll(different, NameOf);
        return (new Learned.Classes(names), Targets.NewLabels(Labels(numbers, different), names.Length));
    }

    /// <summary>
    /// Refuses classes below 0 in an array, where -1 often says that there is none, unless -1 and 1 are all there is.
    /// </summary>
    public static void CheckFromZero(string path, double[] numbers)
    {
        var different = numbers.Distinct().Take(Column.MostGuessedClasses + 1).ToArray();
        var isPair = different.Length == 2 && different.Contains(-1) && different.Contains(1);
        if (!isPair && different.Min() < 0 && AreClasses(different, numbers.Length))
            throw Failure.BadInput(
                $"{path}: label {Text.number(different.Min())} (class numbers of arrays begin at 0;"
                    + " --task classification takes any, --task regression learns the numbers)"
            );
    }

    /// <summary>Numbers of a target whose meaning is known.</summary>
    public static Targets Known(string path, double[] numbers, Learned learned)
    {
        CheckFinite(path, numbers);
        if (learned is not Learned.Classes classes)
            return Targets.NewValues(NumberArray.NewDoubles(numbers), 1);
        var codes = ClassNames.Numerals(classes.Names);
        if (codes.Count == 0)
            codes = classes.Names.Index().ToDictionary(one => one.Item, one => one.Index);
        int Label(double number, int row) =>
            codes.TryGetValue(NameOf(number), out var code)
                ? code
                : throw Failure.BadInput(
                    $"{path}: row {row}: label {Text.number(number)} is no class of the model"
                        + $" ({TextCells.Some(classes.Names)})"
                );
        return Targets.NewLabels([.. numbers.Select(Label)], classes.Names.Length);
    }

    /// <summary>The texts of a target column, each by its code, as the classes that they are.</summary>
    public static (Learned Learned, Targets Targets) OfClasses(
        string path,
        string other,
        ClassNames classes,
        int[] codes
    )
    {
        var names = classes.Names;
        if (names.Length < 2)
            throw Failure.BadInput(
                $"{path}: only one class: {(classes.AreNumbers ? names[0] : $"'{names.FirstOrDefault()}'")}"
                    + $" (need at least 2; {other})"
            );
        return (
            new Learned.Classes(names),
            Targets.NewLabels(Array.ConvertAll(codes, code => classes.Places[code]), names.Length)
        );
    }

    /// <summary>The classes, and how many rows each has; none where values are learned.</summary>
    public static (string Name, int Rows)[] Balance(Learned learned, params IEnumerable<Targets?> targets)
    {
        if (learned is not Learned.Classes classes)
            return [];
        var counts = new int[classes.Names.Length];
        foreach (var labels in targets.OfType<Targets.Labels>())
        foreach (var label in labels.Labels)
            counts[label]++;
        return [.. classes.Names.Zip(counts)];
    }

    /// <summary>What a class is called that is a number.</summary>
    public static string NameOf(double number) => ClassNames.Number(Text.number(number)) ?? Text.number(number);

    private static int[] Labels(double[] numbers, double[] sorted) =>
        Array.ConvertAll(numbers, number => Array.BinarySearch(sorted, number));

    private static bool AreClasses(double[] different, int rows) =>
        Column.AreClasses(different.Length, rows) && Array.TrueForAll(different, double.IsInteger);

    private static void CheckClasses(string path, double[] numbers, double[] different)
    {
        var broken = Array.FindIndex(numbers, number => !double.IsInteger(number));
        if (broken >= 0)
            throw Failure.BadInput(
                $"{path}: row {broken}: label {Text.number(numbers[broken])} (classes are whole numbers; --task regression learns any)"
            );
        if (different.Length < 2)
            throw Failure.BadInput($"{path}: only one class: {Text.number(different[0])} (need at least 2)");
        if (different.Length > MostClasses)
            throw Failure.BadInput($"{path}: more than {MostClasses} classes (--task regression learns numbers)");
    }

    private static void CheckFinite(string path, double[] numbers)
    {
        var wrong = Array.FindIndex(numbers, number => !double.IsFinite(number));
        if (wrong >= 0)
            throw Failure.BadInput($"{path}: row {wrong}: target: not a finite number");
    }
}

/// <summary>Classes as rows of zeros with a single 1, whose place is the class.</summary>
internal static class OneHot
{
    /// <summary>The class of each row; null where not every row is such a one.</summary>
    public static int[]? Classes(Npy array)
    {
        if (array.Cols < 2)
            return null;
        var classes = new int[array.Rows];
        var row = 0;
        var isSuch = true;
        TableRows.Visit(
            array.Values,
            array.Cols,
            numbers =>
            {
                var place = numbers.IndexOf(1.0);
                isSuch = isSuch && place >= 0 && !numbers[..place].ContainsAnyExcept(0.0);
                isSuch = isSuch && !numbers[(place + 1)..].ContainsAnyExcept(0.0);
                classes[row++] = place;
            }
        );
        return isSuch ? classes : null;
    }

    /// <summary>The same for classes that are known, and called by their places.</summary>
    public static int[]? Known(Npy array, string[] names) =>
        array.Cols == names.Length && names.SequenceEqual(Schema.Numerals(names.Length)) ? Classes(array) : null;

    /// <summary>What is said of it.</summary>
    public static string Note(string path, int classes) =>
        $"{path}: one-hot: {classes} classes, called 0 to {classes - 1} by the columns (--task regression learns the numbers)";
}

/// <summary>
/// What the different texts of a column are called as categories or classes, in order, and which of them each text is. Where
/// all are numbers, those of the same exact value are the same, 1 and 1.0 and 1e0, and are in the order of their size; otherwise every text
/// is what it is (01 is not 1), and they are in the order of their code points. The text "" stands for missing cells.
/// </summary>
/// <param name="Names">The names, the one for missing cells first.</param>
/// <param name="Places">For each text its place among the names.</param>
/// <param name="AreNumbers">Whether all of them are numbers.</param>
internal sealed record ClassNames(string[] Names, int[] Places, bool AreNumbers)
{
    /// <summary>Whether all of them are whole numbers.</summary>
    public bool AreWhole =>
        AreNumbers
        && Array.TrueForAll(
            Names,
            name => name.Length == 0 || (Column.Numeral(name, out var isWhole) is not null && isWhole)
        );

    /// <summary>Of a column of a table that writes numbers so.</summary>
    public static ClassNames Of(IReadOnlyCollection<string> texts, NumberNotation notation)
    {
        var (names, places, areNumbers) = Column.Names([.. texts], [.. texts.Select(notation.ToPlain)]);
        return new(names, places, areNumbers);
    }

    /// <summary>The place of each name.</summary>
    public static Dictionary<string, int> PlacesOf(IEnumerable<string> names) =>
        names.Index().ToDictionary(one => one.Item, one => one.Index, StringComparer.Ordinal);

    /// <summary>
    /// Of names that are known already, each number's text with its place: how a number of them may be written otherwise.
    /// Nothing where not all of them are numbers.
    /// </summary>
    public static Dictionary<string, int> Numerals(IReadOnlyList<string> names)
    {
        var numerals = new Dictionary<string, int>();
        foreach (var (place, name) in names.Index())
            if (name.Length > 0 && (Number(name) is not { } number || !numerals.TryAdd(number, place)))
                return [];
        return numerals;
    }

    /// <summary>The one text of the number that a plain text has; null where it has none, or a zero in front.</summary>
    public static string? Number(string text) => Column.Numeral(text, out _);
}
