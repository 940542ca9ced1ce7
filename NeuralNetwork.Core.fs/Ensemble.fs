namespace NeuralNetwork

open System
open NeuralNetwork.Plans

/// Ensembles as models of their members, and models of one description as an ensemble.
module internal Ensemble =

    /// The part of a member in a vector of windows, in the places of the windows of a network by itself.
    let private part (members: int) (number: int) (whole: Layout) (values: 'T[]) (single: Layout) (target: 'T[]) =
        for from, window in List.zip whole.Windows single.Windows do
            Array.blit values (from.Offset + number * from.Length / members) target window.Offset window.Length

    /// What a member of a model is by itself: its own part of every tensor.
    let private memberOf (model: Model<'T>) (number: int) : Model<'T> =
        let network, all = model.Network, model.Parameters
        let single = { network with Members = 1 }
        let own = Parameters.zeros<'T> single
        part network.Members number all.Layout all.Values own.Layout own.Values
        part network.Members number all.StatisticsLayout all.Statistics own.StatisticsLayout own.Statistics
        Model(single, own, model.Preprocessing, model.Labels).WithThreshold model.Threshold

    /// The members of a model, each a model by itself with the same preprocessing, class names and threshold; a copy.
    let split (model: Model<'T>) : Model<'T>[] =
        Ranges.notNull (nameof model) model
        Array.init model.Network.Members (memberOf model)

    /// The same preprocessing where it is equal to itself: a column that refuses missing cells has NaN for them.
    let private comparable (preprocessing: Preprocessing) : Preprocessing =
        let column (column: Column) =
            match column with
            | Column.Number(name, missing) when Double.IsNaN missing -> Column.Category(name, [||])
            | _ -> column

        { preprocessing with Columns = List.map column preprocessing.Columns }

    /// One model whose members are those of these models, in their order, with their threshold where all have the same one. ArgumentException where there is none, or their
    /// descriptions, preprocessing or class names are not the same.
    let join (models: Model<'T>[]) : Model<'T> =
        Ranges.notNull (nameof models) models
        models |> Array.iter (Ranges.notNull (nameof models))

        if models.Length = 0 then
            raise (ArgumentException("an ensemble of no models", nameof models))

        let first = models[0]
        let alone (model: Model<'T>) = { model.Network with Members = 1 }

        for number, model in Array.indexed models do
            let differs what =
                raise (ArgumentException($"model {number} of the ensemble has {what} than the first", nameof models))

            if alone model <> alone first then
                differs "another description"

            if comparable model.Preprocessing <> comparable first.Preprocessing then
                differs "other preprocessing"

            if model.Labels <> first.Labels then
                differs "other class names"

        let members = Array.collect split models
        let network = Network.withMembers members.Length first.Network
        let all = Parameters.zeros<'T> network

        let fill (layout: Layout) (values: 'T[]) (ofMember: Model<'T> -> Layout * 'T[]) =
            for number, model in Array.indexed members do
                let single, own = ofMember model

                for window, from in List.zip layout.Windows single.Windows do
                    Array.blit own from.Offset values (window.Offset + number * from.Length) from.Length

        fill all.Layout all.Values (fun model -> model.Parameters.Layout, model.Parameters.Values)

        fill all.StatisticsLayout all.Statistics (fun model ->
            model.Parameters.StatisticsLayout, model.Parameters.Statistics)

        let isShared = models |> Array.forall (fun model -> model.Threshold.Equals first.Threshold)

        Model(network, all, first.Preprocessing, first.Labels).WithThreshold(if isShared then first.Threshold else nan)
