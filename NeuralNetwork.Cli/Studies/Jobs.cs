using System.Runtime.ExceptionServices;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Studies;

/// <summary>
/// Pieces of work, so many at a time. They are begun in their order, and told in their order: what a piece says is kept until those before it
/// have ended. Where a piece fails, no other is begun, those under way are cancelled, and the failure of the first one is thrown.
/// </summary>
internal sealed class Jobs(int count, Screen screen)
{
    private readonly object gate = new();

    /// <summary>Has those that wait look again whether they may begin.</summary>
    public void Wake()
    {
        lock (gate)
            Monitor.PulseAll(gate);
    }

    /// <summary>Does so many pieces of work.</summary>
    /// <param name="pieces">How many there are.</param>
    /// <param name="mayBegin">Whether the piece at a place may begin where so many from the first on have ended: of all before it, always.</param>
    /// <param name="begin">What a piece is, asked for in their order.</param>
    /// <param name="work">Does a piece, with a screen for what it has to say.</param>
    /// <param name="cancel">Cancels those under way.</param>
    public void Each<T>(
        int pieces,
        Func<int, int, bool> mayBegin,
        Func<int, T> begin,
        Action<T, Screen, CancellationToken> work,
        CancellationToken cancel
    )
    {
        if (count > 1 && pieces > 1)
            Together(pieces, mayBegin, begin, work, cancel);
        else
            for (var place = 0; place < pieces; place++)
                work(begin(place), screen, cancel);
    }

    private void Together<T>(
        int pieces,
        Func<int, int, bool> mayBegin,
        Func<int, T> begin,
        Action<T, Screen, CancellationToken> work,
        CancellationToken cancel
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var waking = stop.Token.Register(Wake);
        var telling = new Action?[pieces];
        var errors = new ExceptionDispatchInfo?[pieces];
        var hasEnded = new bool[pieces];
        var (next, over) = (0, 0);

        void Labour()
        {
            var place = 0;
            while (true)
            {
                try
                {
                    T piece;
                    Screen own;
                    lock (gate)
                    {
                        while (next < pieces && !stop.IsCancellationRequested && !mayBegin(next, over))
                            Monitor.Wait(gate);
                        if (next == pieces || stop.IsCancellationRequested)
                            return;
                        place = next++;
                        (own, telling[place]) = screen.Apart();
                        piece = begin(place);
                    }
                    work(piece, own, stop.Token);
                }
                catch (Exception error)
                {
                    errors[place] = ExceptionDispatchInfo.Capture(error);
                    stop.Cancel();
                }
                End(place);
            }
        }

        void End(int place)
        {
            lock (gate)
            {
                hasEnded[place] = true;
                for (; over < pieces && hasEnded[over]; over++)
                    Tell(over);
                Monitor.PulseAll(gate);
            }
        }

        // Nobody waits for ever because nothing could be said.
        void Tell(int place)
        {
            try
            {
                telling[place]!();
            }
            catch (Exception error)
            {
                errors[place] ??= ExceptionDispatchInfo.Capture(error);
                stop.Cancel();
            }
        }

        Task[] workers =
        [
            .. Enumerable
                .Range(0, Math.Min(count, pieces))
                .Select(_ =>
                    Task.Factory.StartNew(
                        Labour,
                        CancellationToken.None,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                ),
        ];
        Task.WaitAll(workers, CancellationToken.None);
        (
            Array.Find(errors, one => one is { SourceException: not OperationCanceledException })
            ?? Array.Find(errors, one => one is not null)
        )?.Throw();
        if (next < pieces)
            cancel.ThrowIfCancellationRequested();
    }
}

/// <summary>
/// Pieces of work that other processes do, too: each is tried in its order, so many at a time, and one that another has in hand once more later. What
/// a piece says is told when it ends. Where one fails, no other is begun, those under way here are cancelled, and the failure of the first one is thrown.
/// </summary>
internal sealed class JoinedJobs(int count, Screen screen)
{
    private readonly object gate = new();

    /// <summary>Does so many pieces, or sees them done.</summary>
    /// <param name="mayBegin">Whether the piece at a place may begin where so many from the first on are over: of all before it, always.</param>
    /// <param name="begin">What a piece is, asked for in their order.</param>
    /// <param name="work">Does a piece; false where another process has it in hand.</param>
    /// <param name="isDecided">Whether what the pieces are for is known already: then none is begun.</param>
    /// <param name="nameOf">What people are told of a piece that is waited for.</param>
    public void Each<T>(
        int pieces,
        Func<int, int, bool> mayBegin,
        Func<int, T> begin,
        Func<T, Screen, CancellationToken, bool> work,
        Func<bool> isDecided,
        Func<T, string> nameOf,
        CancellationToken cancel
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var waking = stop.Token.Register(Wake);
        var begun = new List<T>();
        var (isOver, isInHand, tried) = (new bool[pieces], new bool[pieces], new int[pieces]);
        var (over, inHand, round, isSaid, isEnded) = (0, 0, 1, false, isDecided());
        ExceptionDispatchInfo? error = null;
        // As long as nothing ends here, it is looked for more and more seldom.
        var pause = new Pause();

        // The next piece to try in this round; -1 where there is none.
        int Next()
        {
            for (var place = over; place < pieces; place++)
                if (place >= begun.Count && !mayBegin(place, over))
                    return -1;
                else if (!isOver[place] && !isInHand[place] && tried[place] < round)
                    return place;
            return -1;
        }

        int Take()
        {
            while (true)
            {
                if (isEnded || over == pieces || stop.IsCancellationRequested)
                    return -1;
                if (Next() is >= 0 and var place)
                {
                    tried[place] = round;
                    (isInHand[place], inHand) = (true, inHand + 1);
                    if (place == begun.Count)
                        begun.Add(begin(place));
                    return place;
                }
                if (inHand == 0 && pause.IsLong && !isSaid)
                {
                    isSaid = true;
                    var left = begun.Where((_, at) => !isOver[at]).Select(nameOf).ToArray();
                    screen.Say(
                        $"waiting for {string.Join(", ", left.Take(4))}{(left.Length > 4 ? $" and {left.Length - 4} more" : "")}"
                    );
                }
                if (Monitor.Wait(gate, pause.Next()))
                    continue;
                round++;
                isEnded = isDecided();
            }
        }

        void Labour()
        {
            while (true)
            {
                var place = -1;
                Action tell = () => { };
                var isDone = false;
                try
                {
                    T piece;
                    var own = screen;
                    lock (gate)
                    {
                        place = Take();
                        if (place < 0)
                            return;
                        piece = begun[place];
                        if (count > 1)
                            (own, tell) = screen.Apart();
                    }
                    isDone = work(piece, own, stop.Token);
                }
                catch (Exception thrown)
                {
                    lock (gate)
                        if (error is null or { SourceException: OperationCanceledException })
                            error = ExceptionDispatchInfo.Capture(thrown);
                    stop.Cancel();
                }
                lock (gate)
                    End(place, isDone, tell);
            }
        }

        void End(int place, bool isDone, Action tell)
        {
            if (place < 0)
                return;
            (isInHand[place], inHand, isOver[place]) = (false, inHand - 1, isDone);
            // Nobody waits for ever because nothing could be said.
            try
            {
                tell();
            }
            catch (Exception thrown)
            {
                error ??= ExceptionDispatchInfo.Capture(thrown);
                stop.Cancel();
            }
            while (over < pieces && isOver[over])
                over++;
            if (isDone)
                (round, isEnded, pause) = (round + 1, isEnded || isDecided(), new());
            Monitor.PulseAll(gate);
        }

        Task[] others =
        [
            .. Enumerable
                .Range(1, Math.Max(1, Math.Min(count, pieces)) - 1)
                .Select(_ =>
                    Task.Factory.StartNew(
                        Labour,
                        CancellationToken.None,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                ),
        ];
        Labour();
        Task.WaitAll(others, CancellationToken.None);
        error?.Throw();
        if (!isEnded && over < pieces)
            cancel.ThrowIfCancellationRequested();
    }

    /// <summary>Has those that wait look again whether they may begin.</summary>
    public void Wake()
    {
        lock (gate)
            Monitor.PulseAll(gate);
    }
}
