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
