using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Terminal;

/// <summary>
/// The processes that a launcher of MPI has started to train one model together, as one of them, a rank, sees them. The first rank alone
/// talks and opens the run folder. Before anything is written all of them agree that they do the same.
/// </summary>
internal sealed class RankJob
{
    /// <summary>The variable that names a library of MPI, as --mpi does.</summary>
    public const string Variable = "NN_MPI";

    /// <summary>The word for the launcher's own library.</summary>
    public const string Auto = "auto";

    /// <summary>The word for a process by itself, whoever started it.</summary>
    public const string None = "none";

    /// <summary>The seconds after which a wait for other ranks is given up.</summary>
    public const int UsualStall = 600;

    private const string DataFile = "data file";

    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(0.5);

    private readonly Screen screen;
    private readonly TimeSpan stall;
    private readonly (string Host, string Cores)[] places = [];

    private RankJob(string? library, TimeSpan stall, Screen screen)
    {
        (this.screen, this.stall) = (screen, stall);
        var warning = stall / 2 < LongestSilence ? stall / 2 : LongestSilence;
        try
        {
            Ranks = Ranks.Join(library, warning, stall, Wait, Stall);
        }
        catch (InvalidOperationException error)
        {
            throw Failure.Usage(
                $"{error.Message} (mpirun and its library of one installation, or {OptionName.Mpi} PATH)"
            );
        }
        places =
        [
            .. Ranks
                .Gather($"{Environment.MachineName}\n{Host.BoundCores}")
                .Select(line => line.Split('\n'))
                .Select(parts => (parts[0], parts[1])),
        ];
    }

    /// <summary>All of them.</summary>
    public Ranks Ranks { get; }

    /// <summary>Whether all have agreed on what to do.</summary>
    public bool IsAgreed { get; private set; }

    /// <summary>Whether this is the rank that talks and writes.</summary>
    public bool IsFirst => Ranks.Rank == 0;

    /// <summary>How many of the ranks have the cores of this one.</summary>
    public int Sharing => places.Count(place => place == places[Ranks.Rank]);

    /// <summary>What this rank is called where others are on other machines.</summary>
    public string Name => NameOf(Ranks.Rank);

    /// <summary>
    /// Joins the others where a launcher has started several processes and nobody says that this one is alone. The screen of a rank that
    /// is not the first one says nothing from then on.
    /// </summary>
    public static void Join(string? library, int stall, Screen screen)
    {
        library ??= Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : Auto;
        if (screen.Job is null && library != None && Ranks.IsLaunched)
            screen.Job = new RankJob(library == Auto ? null : library, TimeSpan.FromSeconds(stall), screen);
    }

    /// <summary>
    /// Every rank comes here once before anything is written, with what the bits of the training depend on there, or, where it cannot train, to `End`. A failure of
    /// every rank unless all have the same: then the first one says what differs.
    /// </summary>
    public void Agree(IEnumerable<(string Name, string Value)> circumstances) =>
        Compare(
            new()
            {
                ["code"] = Exit.Done,
                ["with"] = new JsonObject(
                    circumstances.Select(one => KeyValuePair.Create(one.Name, (JsonNode?)one.Value))
                ),
            }
        );

    /// <summary>What the numbers of ranks and machines mean for this training, a line each.</summary>
    public IEnumerable<string> Notes(int shards, int threads)
    {
        var machines = places.Select(place => place.Host).Distinct().Count();
        var on = machines == 1 ? "one machine" : $"{machines} machines";
        yield return $"{Ranks.Count} ranks on {on} ({Ranks.Library}), {threads} {(threads == 1 ? "thread" : "threads")} here, {shards} shards";
        if (machines < Ranks.Count)
            yield return "ranks that share a machine: one process with as many threads is faster there";
        var bound = places
            .Where(place => place.Host == places[0].Host)
            .Select(place => place.Cores)
            .Distinct()
            .ToArray();
        var isOpenMpi = Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE") is not null;
        if (
            isOpenMpi
            && Host.BoundCores != Host.OnlineCores
            && bound.Sum(Host.CountOf) < Host.CountOf(Host.OnlineCores)
        )
            yield return "ranks have some of the cores: where mpirun has bound them, --bind-to none leaves them all";
    }

    /// <summary>The record of the ranks.</summary>
    public JsonObject ToJson(TimeSpan exchanged, int steps) =>
        new()
        {
            ["count"] = Ranks.Count,
            ["library"] = Ranks.Library,
            ["hosts"] = Json.Array(places, place => (JsonNode)place.Host),
            ["exchange_milliseconds"] = steps > 0 ? Json.Number(exchanged.TotalMilliseconds / steps) : null,
        };

    /// <summary>
    /// The end of a rank that something went wrong with, and its exit code. What all of them know is said by the first one; what only
    /// this one knows is said here, with the name of the rank.
    /// </summary>
    public int End(Exception error, int code, string line)
    {
        if (!IsAgreed && error is not Verdict)
        {
            try
            {
                Compare(new() { ["code"] = code, ["line"] = line });
            }
            catch (Verdict verdict)
            {
                (error, code, line) = (verdict, verdict.Code, verdict.Message);
            }
            catch (Exception other) when (other is IOException)
            {
                line = $"{line}; {other.Message}";
            }
        }
        // It begins with a word for what it is already.
        if (error is Verdict)
            line = error.Message;
        if (error is Verdict || code == Exit.Numeric)
        {
            if (IsFirst)
                screen.Complain(line);
            try
            {
                Leave();
            }
            catch (IOException)
            {
                // They are gone, and what there is to say is said.
            }
            return code;
        }
        // The others wait: they are ended by the launcher, for this one does not leave as one that is done.
        screen.Insist(IsFirst ? line : $"{Name}: {line}");
        return code;
    }

    /// <summary>Waits for all others.</summary>
    public void Leave()
    {
        // After it there is nothing left to agree on, whatever becomes of it.
        IsAgreed = true;
        ((IDisposable)Ranks).Dispose();
    }

    private void Compare(JsonObject own)
    {
        var all = Ranks.Gather(own.ToJsonString()).Select(text => JsonNode.Parse(text)!.AsObject()).ToArray();
        IsAgreed = true;
        var failed = Enumerable.Range(0, all.Length).Where(rank => CodeOf(all[rank]) != Exit.Done).ToArray();
        if (failed.Length > 0)
        {
            var (rank, line) = (failed[0], $"{all[failed[0]]["line"]}");
            var areAlike = failed.Length == all.Length && all.All(one => $"{one["line"]}" == line);
            throw new Verdict(CodeOf(all[rank]), areAlike ? line : $"{NameOf(rank)}: {line}");
        }
        foreach (var rank in Enumerable.Range(1, all.Length - 1))
            CompareWith(all[0]["with"]!.AsObject(), all[rank]["with"]!.AsObject(), rank);
    }

    private void CompareWith(JsonObject first, JsonObject other, int rank)
    {
        // An option says more than the description that it changes, also where only one of them has it.
        var names = first.Select(one => one.Key).Union(other.Select(one => one.Key));
        foreach (var name in names.OrderByDescending(name => name.StartsWith("--", StringComparison.Ordinal)))
        {
            var (here, there) = (Shown(first[name]), Shown(other[name]));
            if (JsonNode.DeepEquals(first[name], other[name]))
                continue;
            var isOfData =
                name.StartsWith(DataFile, StringComparison.Ordinal) || name.EndsWith(" rows", StringComparison.Ordinal);
            throw new Verdict(
                isOfData ? Exit.BadInput : Exit.Usage,
                $"error: {NameOf(rank)}: {name}: {there}, and {here} on {NameOf(0)} (all ranks have the same line, data and library)"
            );
        }
    }

    private static string Shown(JsonNode? value)
    {
        const int longest = 40;
        var text = value is null ? "nothing" : $"{value}";
        return text.Length > longest ? $"{text[..longest]}…" : text;
    }

    private static int CodeOf(JsonObject one) => one["code"]!.GetValue<int>();

    // Before they know one another they have numbers.
    private string NameOf(int rank) => rank < places.Length ? $"rank {rank} ({places[rank].Host})" : $"rank {rank}";

    private void Wait(TimeSpan waited)
    {
        if (Ranks is not { Rank: > 0 })
            screen.Warn(
                $"waited {waited.TotalSeconds:0} s for the other ranks ({OptionName.Stall} {stall.TotalSeconds:0} ends the wait)"
            );
    }

    // All ranks but the one that does not come wait: the lowest speaks, and by its end the launcher's comes for the others.
    private void Stall(TimeSpan waited)
    {
        // Before it is one it has no number.
        var rank = Ranks is { } joined ? joined.Rank : 0;
        if (waited < stall + (rank * Turn))
            return;
        var line =
            $"error: waited {waited.TotalSeconds:0} s for the other ranks: one is stopped, or the network is down"
            + $" ({OptionName.Stall} {2 * stall.TotalSeconds:0} waits longer; nn resume goes on from the last checkpoint)";
        screen.Insist(rank == 0 ? line : $"{NameOf(rank)}: {line}");
        // The thread that waits does not come back, and so nothing else may be waited for.
        Posix.Exit(Exit.InputOutput);
    }

    /// <summary>What all ranks have agreed is wrong.</summary>
    private sealed class Verdict(int code, string line) : Failure(code, line);
}

/// <summary>Listens to a training that another rank tells of and saves.</summary>
internal sealed class Follower<T> : IFitObserver<T>
{
    public void Stepped(StepReport step) { }

    public bool IsDue(StepReport step) => false;

    public void Save(FitState<T> state) { }

    public void Finished(EpochReport epoch) { }
}
