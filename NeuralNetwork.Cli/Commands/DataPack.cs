using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Commands;

/// <summary>
/// nn data pack DATA... --out FOLDER: rows as a network takes them, in a file that is read a window at a time. A table, or several with the
/// same columns, is read once, and what there is no room for goes to files beside those that are written.
/// </summary>
internal static class DataPack
{
    private static readonly Setting<string> Out = new(OptionName.Out, "FOLDER", "The folder to write in", Read.Any);

    // What says nothing about how rows are encoded, or needs all of them in memory.
    private static readonly string[] Unasked =
    [
        OptionName.Test,
        OptionName.Standardize,
        OptionName.Window,
        OptionName.Group,
        OptionName.Time,
        OptionName.Weights,
    ];

    private static IEnumerable<SpecOption> Asked => DataSettings.All.Where(option => !Unasked.Contains(option.Name));

    public static void Fill(Command command, Screen screen)
    {
        var data = Arguments.SeveralData();
        command.Add(data);
        Out.Option.Required = true;
        command.Add(Out.Option);
        foreach (var option in Asked)
            command.Add(option.Option);
        command.Add(Arguments.Force);
        command.SetAction(result => Run(result.GetRequiredValue(data), result, screen));
    }

    private static int Run(string[] data, ParseResult result, Screen screen)
    {
        var spec = SpecReader.Of(result);
        var folder = Out.Of(result);
        var order = OrderOf(data, spec, result.GetValue(Arguments.Force));
        CheckPlace(folder, order.IsForced);
        var source = Open(data, spec.Data, screen);
        var isNew = !Directory.Exists(folder);
        try
        {
            Pack(source, spec, folder, order, screen);
            return Exit.Done;
        }
        finally
        {
            // Nothing goes that has anything in it.
            if (isNew)
                Durable.DiscardFolder(folder);
        }
    }

    /// <summary>What is to be the same where a pack is gone on with.</summary>
    public static PackingOrder OrderOf(string[] data, TrainingSpec spec, bool isForced) =>
        new(
            [
                (Arguments.DataName, string.Join(", ", data.Select(Arguments.Whole))),
                .. Asked.Select(option => (option.Name, option.TextIn(spec) ?? "")),
            ],
            isForced
        );

    /// <summary>The data of a name, or the tables of several as one.</summary>
    private static DataSource Open(string[] names, DataSpec spec, Screen screen)
    {
        if (Duplicates.In(names.Select(Arguments.Whole)) is { } twice)
            throw Failure.Usage($"{Arguments.DataName}: {twice} is named twice");
        var sources = Array.ConvertAll(names, name => spec.Open(name));
        if (Array.Find(sources, source => source is PackSource) is { } packed)
            throw Failure.Usage($"{Arguments.DataName}: {packed.Name} is packed already");
        foreach (var source in sources)
            if (source.Decision is { } decision)
                screen.Say(decision);
        if (sources is [var only])
            return only;
        if (Array.Find(sources, source => source is not TableSource) is { } other)
            throw Failure.Usage(
                $"{Arguments.DataName}: {other.Name} is no table (several are packed as one if all are)"
            );
        return new TableSource(
            string.Join(", ", names),
            new JoinedRows([.. sources.Cast<TableSource>().Select(source => source.Rows)])
        );
    }

    private static void Pack(DataSource source, TrainingSpec spec, string folder, PackingOrder order, Screen screen)
    {
        Durable.CreateFolder(folder);
        using var held = FolderLock.Take(folder);
        CheckPlace(folder, order.IsForced);
        LeftOver.Sweep(folder);
        using var packing = new Packing(folder, order, screen.Say, PackingPace.By(screen.Time));
        using var ending = new LastWords(screen, packing.Leave);
        try
        {
            Pack(source, spec, folder, packing, screen);
        }
        catch when (packing.Fail() is { } line)
        {
            screen.Say(line);
            throw;
        }
    }

    private static void Pack(DataSource source, TrainingSpec spec, string folder, Packing packing, Screen screen)
    {
        using var features = Spill.Passing(LeftOver.Beside(folder) + "-features");
        var sample = Packed(source, spec.Data.Order, new(packing.Cells, features, packing)).WithTargets();
        packing.Settle();
        string[] arrays = [PackRecord.Features, PackRecord.Targets];
        if (Array.Find(arrays, name => source.IsReadFrom(Path.Combine(folder, name))) is { } own)
            throw Failure.Usage(Out.Name, $"{Path.Combine(folder, own)} is what is packed (name another folder)");
        foreach (var note in sample.Notes)
            screen.Say(note);
        foreach (
            var same in source.Fingerprints.GroupBy(file => file.Value, file => file.Key).Where(one => one.Count() > 1)
        )
            screen.Warn($"{string.Join(" and ", same)} have the same content: its rows are there {same.Count()} times");
        var record = Write(folder, sample, spec.Data.Order.Missing, source);
        packing.End();
        var bytes = record.X.Bytes + record.Y.Bytes;
        screen.Say(
            $"{record.Rows:N0} rows of {record.Schema.Cols:N0} features in {folder}, {bytes / 1e6:N1} MB of {record.KindInWords}"
        );
        if (screen.Json)
            screen.PrintDocument(
                Json.Text(
                    new JsonObject
                    {
                        ["schema"] = Json.Schema,
                        ["out"] = folder,
                        ["rows"] = record.Rows,
                        ["features"] = record.Schema.Cols,
                        ["bytes"] = bytes,
                    }
                )
            );
    }

    private static void CheckPlace(string folder, bool force)
    {
        OutputFile.CheckPath(Out.Name, folder);
        if (File.Exists(folder))
            throw Failure.Usage(Out.Name, $"{folder} is not a folder");
        string[] names = Directory.Exists(folder)
            ?
            [
                .. Directory
                    .EnumerateFileSystemEntries(folder)
                    .Select(entry => Path.GetFileName(entry))
                    .Where(name => name != FolderLock.Name && !LeftOver.IsName(name))
                    .Except(Packing.NamesIn(folder)),
            ]
            : [];
        if (names.Length == 0)
            return;
        // Arrays without a record may be those of a pack that was not finished, or somebody's own.
        if (!PackSource.IsReplaceable(folder) && names.Except([PackRecord.Features, PackRecord.Targets]).Any())
            throw Failure.Usage(Out.Name, $"{folder} has files in it that are no packed rows (name another folder)");
        var record = Packing.RecordIn(folder);
        // Arrays beside what was read are its own, written before the record of the pack: there were none when it began.
        if (force || (record is not null && !PackSource.IsPack(folder)))
            return;
        // A pack that was done, and killed before it had cleared up: another would have been forced to be here.
        if (record is { IsForced: false })
            Packing.Discard(folder);
        throw Failure.Usage(Out.Name, $"{folder} exists (--force replaces it)");
    }

    // Features of a table are as large as nobody knows before all of it is read; those of other files are in memory.
    private static Sample Packed(DataSource source, TableOrder order, Spills spills) =>
        source switch
        {
            TableSource table => table.Pack(order, spills),
            NumpySource arrays => arrays.Pack(order, spills),
            _ => source.Train(order),
        };

    private static PackRecord Write(string folder, Sample sample, MissingCells missing, DataSource source)
    {
        var kind = sample.SmallestKind();
        var (schema, fills) = MissingNumbers.Fills(sample, missing, number => Held(number, kind));
        var record = new PackRecord(
            schema with
            {
                Drops = missing == MissingCells.Drop,
            },
            sample.Rows,
            kind,
            !source.IsTable,
            new(0, "", []),
            new(0, "", [])
        )
        {
            Source = source.Fingerprints,
        };
        PackedFile? x = null;
        OutputFile.Write(
            Path.Combine(folder, PackRecord.Features),
            stream =>
            {
                x = WriteFeatures(stream, record, sample.Features, fills);
                // As long as there is a record, the files beside it are those that it names.
                Durable.Discard(Path.Combine(folder, PackRecord.FileName));
            }
        );
        var y = TargetsOf(sample).Write();
        OutputFile.Write(Path.Combine(folder, PackRecord.Targets), y);
        record = record with { X = x!, Y = new(y.Length, Convert.ToHexStringLower(SHA256.HashData(y)), []) };
        Durable.Replace(Path.Combine(folder, PackRecord.FileName), Json.Text(record.Document()));
        return record;
    }

    private static double Held(double number, TypeCode kind) => kind == TypeCode.Single ? (float)number : number;

    private static PackedFile WriteFeatures(Stream stream, PackRecord record, NumberArray features, double[] fills)
    {
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (blocks, length) = (new List<string>(), 0L);
        var block = new List<byte>(record.BlockRows * record.RowBytes);
        var row = new double[record.Schema.Cols];

        void Put(ReadOnlySpan<byte> bytes)
        {
            stream.Write(bytes);
            whole.AppendData(bytes);
            length += bytes.Length;
        }

        void End()
        {
            var bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(block);
            blocks.Add(Convert.ToHexStringLower(SHA256.HashData(bytes)));
            Put(bytes);
            block.Clear();
        }

        Put(record.Header);
        features.Visit(
            row.Length,
            (values, start) =>
            {
                values.AsSpan(start, row.Length).CopyTo(row);
                for (var column = 0; column < row.Length; column++)
                    if (double.IsNaN(row[column]))
                        row[column] = fills[column];
                block.AddRange(NumberBytes.Of(row, record.Kind));
                if (block.Count == record.BlockRows * record.RowBytes)
                    End();
            }
        );
        if (block.Count > 0)
            End();
        return new(length, Convert.ToHexStringLower(whole.GetCurrentHash()), [.. blocks]);
    }

    private static Npy TargetsOf(Sample sample) =>
        sample.Targets switch
        {
            Targets.Labels labels => new(
                [sample.Rows],
                labels.Classes <= 256
                    ? NumberArray.NewBytes(Array.ConvertAll(labels.Labels, label => (byte)label))
                    : NumberArray.NewDoubles(Array.ConvertAll(labels.Labels, label => (double)label))
            ),
            Targets.Values values => new([sample.Rows, values.Cols], values.Values),
            _ => throw new InvalidOperationException("a kind of targets that cannot be packed"),
        };
}
