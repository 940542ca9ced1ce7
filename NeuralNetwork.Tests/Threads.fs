/// Steps of a classifier on made-up rows, by one thread and by several.
module NeuralNetwork.Tests.Threads

open System
open NeuralNetwork

/// One thread and three come to the same parameters, bit for bit, and no step allocates.
let giveTheSameBits (network: Network) : unit =
    let model, random = Model.initialize<float32> 3UL network, Random 4
    let x = Array.init (100 * network.Inputs) (fun _ -> random.NextSingle())
    let labels = Array.init 100 (fun _ -> random.Next network.Outputs)

    let run threads =
        use machine = Machines.managed threads
        let trainer = Trainer<float32>(model, Training.Default, 100, machine)
        let step () = trainer.Step(ReadOnlySpan x, ReadOnlySpan labels) |> ignore
        step ()

        if threads = 1 then
            Expect.nothingAllocated step
        else
            for _ in 1..5 do
                step ()

        (trainer.Snapshot()).Parameters.Values

    Expect.sameBits "parameters" (run 1) (run 3)
