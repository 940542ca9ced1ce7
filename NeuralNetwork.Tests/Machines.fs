namespace NeuralNetwork.Tests

open System
open System.IO
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Plans

/// Where the tests run.
module Machines =

    /// The folder of the repository: the first above the tests that holds the solution.
    let repository: string =
        let rec up (folder: string | null) =
            match folder with
            | null -> AppContext.BaseDirectory
            | folder when File.Exists(Path.Combine(folder, "NeuralNetwork.sln")) -> folder
            | folder -> up (Path.GetDirectoryName folder)

        up AppContext.BaseDirectory

    /// The managed product with so many threads.
    let managed (threads: int) : Machine = new Machine(Backend.Managed, threads)

    /// The managed product on the calling thread.
    let alone: Machine = managed 1

    /// A plan ready to run on one thread, with parameters in place.
    let internal executor<'T> (plan: Plan) (parameters: Parameters<'T>) : Executor<'T> =
        let executor = Executor<'T>(plan, alone.Backend.Product<'T>(), alone.Team)
        Parameters.load executor parameters
        executor

    /// Fills the input and target windows.
    let internal load (executor: Executor<'T>) (x: 'T[]) (t: 'T[]) : unit =
        x.AsSpan().CopyTo(executor.Span executor.Plan.Input)
        t.AsSpan().CopyTo(executor.Span executor.Plan.Target)
