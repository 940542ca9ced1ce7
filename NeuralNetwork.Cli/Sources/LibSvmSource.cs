using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Sources;

/// <summary>A sparse text file in the format of LIBSVM.</summary>
internal sealed class LibSvmSource(string name, string path, int? first) : DataSource(name)
{
    protected override Sample ReadToTrain(TableOrder order)
    {
        var file = Read(first);
        var (learned, targets) = TargetEncoder.OfNumbers(path, file.Targets, order.IsClassification);
        return new(
            path,
            file.Rows,
            NumberArray.NewDoubles(file.Values),
            new Schema(file.Cols, [], [], learned) { FirstIndex = file.FirstIndex },
            targets
        )
        {
            Notes = Notes(file),
        };
    }

    protected override Sample ReadToUse(Part part, Schema schema, bool needsTargets)
    {
        var file = Read(first ?? schema.FirstIndex);
        // The last features of a row may be zero in all of these rows.
        if (file.Cols > schema.Cols)
            schema.CheckCols(path, file.Cols);
        var features = NumberArray.NewDoubles(Widen(file, schema.Cols));
        return new(
            path,
            file.Rows,
            features,
            schema,
            needsTargets ? TargetEncoder.Known(path, file.Targets, schema.Learned) : null
        )
        {
            Notes = Notes(file),
        };
    }

    private LibSvm Read(int? from)
    {
        var (bytes, read) = WholeFile.Read(path);
        Note(Path.GetFileName(path), read);
        var outcome = LibSvm.Read(bytes, Option(from));
        if (outcome.IsOk)
            return outcome.ResultValue;
        // Where the other way of counting reads it, that may be what is wrong.
        var otherwise = from == 1 && LibSvm.Read(bytes, Option(0)).IsOk;
        throw Failure.BadInput(
            $"{path}: {outcome.ErrorValue}{(otherwise ? "; --index-base 0 counts from 0, as LightGBM does" : "")}"
        );
    }

    private string[] Notes(LibSvm file) =>
        first is null && file.FirstIndex == 0
            ? [$"{path}: indices from 0: an index 0 occurs, as LightGBM writes it (--index-base says otherwise)"]
            : [];

    private static FSharpOption<int>? Option(int? value) =>
        value is { } number ? FSharpOption<int>.Some(number) : FSharpOption<int>.None;

    private static double[] Widen(LibSvm file, int cols)
    {
        if (file.Cols == cols)
            return file.Values;
        var wide = new double[file.Rows * cols];
        for (var row = 0; row < file.Rows; row++)
            file.Values.AsSpan(row * file.Cols, file.Cols).CopyTo(wide.AsSpan(row * cols));
        return wide;
    }
}
