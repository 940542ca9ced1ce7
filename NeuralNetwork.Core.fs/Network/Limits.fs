namespace NeuralNetwork

open NeuralNetwork.Maths

/// How large a network may be. A description is a few bytes and asks for as much memory and time as it likes: these are
/// looked at before any of that is taken, wherever a description comes from. Every step from a description to a prediction,
/// an export or a step takes time in proportion to what is limited here.
module internal Limits =

    /// The most layers, of one member.
    [<Literal>]
    let Layers = 4096

    /// The most layers of all members together.
    [<Literal>]
    let LayersOfMembers = 65536

    /// The most numbers that one row is in a network: its features and the results of all layers, of all members.
    [<Literal>]
    let RowNumbers = 2000000

    /// The most parameters, the space between their tensors included: 2 GB of float32, and a file of that size can be read.
    [<Literal>]
    let Parameters = 500000000

    let private ofLayers (network: Network) : string option =
        let layers = List.length network.Layers

        if layers > Layers then
            Some $"{layers} layers (limit {Layers})"
        elif int64 layers * int64 network.Members > int64 LayersOfMembers then
            Some $"{layers} layers in each of {network.Members} members (limit {LayersOfMembers} in all)"
        else
            None

    /// The numbers of one row, counted no further than they are allowed.
    let private ofRow (network: Network) : string option =
        let members = int64 network.Members

        let add (total: int64, inputs) layer =
            if total > int64 RowNumbers then
                total, inputs
            else
                let outputs = Network.width inputs layer
                total + members * int64 outputs, outputs

        let total, _ = List.fold add (members * int64 network.Inputs, network.Inputs) network.Layers

        if total > int64 RowNumbers then
            Some $"a row is {total} numbers or more in its layers (limit {RowNumbers})"
        else
            None

    /// Waves are of features that there are.
    let private ofWaves (network: Network) : string option =
        Network.walk network
        |> List.tryPick (fun (index, inputs, layer) ->
            match layer with
            | Layer.Periodic settings ->
                Periodic.defect inputs settings |> Option.map (fun found -> $"layer {index}, periodic, {found}")
            | _ -> None)

    /// What about the size of a network is beyond a limit, its parameters apart, as in: 5000 layers (limit 4096).
    let internal defect (network: Network) : string option =
        ofLayers network
        |> Option.orElseWith (fun () -> ofRow network)
        |> Option.orElseWith (fun () -> ofWaves network)
