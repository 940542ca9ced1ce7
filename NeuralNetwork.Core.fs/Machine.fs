namespace NeuralNetwork

open System
open System.Threading
open NeuralNetwork.Engine

/// What plans run on: a library for matrix products and a team of threads. Results do not depend on the number of
/// threads, and depend on the library only within rounding.
[<Sealed>]
type Machine private (backend: Backend, team: Team, ranks: Ranks) =

    static let sharedTeam = Lazy<Team>((fun () -> new Team()), LazyThreadSafetyMode.ExecutionAndPublication)

    static let shared =
        Lazy<Machine>(
            (fun () -> new Machine(Blas.Resolve(null, [], null).Backend, sharedTeam.Value, Ranks.Alone)),
            LazyThreadSafetyMode.ExecutionAndPublication
        )

    new(backend: Backend, threads: int) =
        ArgumentNullException.ThrowIfNull(backend, nameof backend)
        new Machine(backend, new Team(threads), Ranks.Alone)

    /// The best library found without starting a process, and every core the process may use.
    static member Shared: Machine = shared.Value

    /// The threads of `Shared`, without looking for a library.
    static member internal SharedTeam: Team = sharedTeam.Value

    /// What the system calls the processor; its architecture where it says nothing.
    static member Processor: string = Speeds.processor ()

    /// The library for matrix products.
    member _.Backend: Backend = backend

    /// The number of threads, the caller's included.
    member _.Threads: int = team.Threads

    /// The processes that train together on machines like this one: this one alone, until somebody says otherwise.
    member _.Ranks: Ranks = ranks

    /// <summary>The same machine as one of several that train together: a trainer on it computes its shards of every step. A model's
    /// predictions and evaluations are this one's own.</summary>
    /// <param name="ranks">The processes, as `Ranks.Join` gives them.</param>
    /// <returns>A machine with the same library and threads.</returns>
    member _.Over(ranks: Ranks) : Machine =
        ArgumentNullException.ThrowIfNull(ranks, nameof ranks)
        new Machine(backend, team, ranks)

    /// The threads.
    member internal _.Team: Team = team

    /// What the bits of a step depend on, in words.
    member internal _.Engine: string = $"{backend.Name} {backend.Version}"

    interface IDisposable with
        /// Ends the threads, but those of the shared machine, which are everybody's.
        member _.Dispose() =
            if not (sharedTeam.IsValueCreated && Object.ReferenceEquals(team, sharedTeam.Value)) then
                (team :> IDisposable).Dispose()
