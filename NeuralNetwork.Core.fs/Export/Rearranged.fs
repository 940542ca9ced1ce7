namespace NeuralNetwork.Export

open System
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// The numbers of a network put in the places of other features and classes.
module internal Rearranged =

    /// Puts the parts of a window, so many numbers each, in the places of others.
    let private move (values: 'T[]) (window: Window) (size: int) (places: int[]) : unit =
        let before = Array.sub values window.Offset window.Length

        for part in 0 .. window.Length / size - 1 do
            let from = part / places.Length * places.Length + places[part % places.Length]
            Array.Copy(before, from * size, values, window.Offset + part * size, size)

    let private densePlaces (network: Network) : int list =
        [ for index, _, layer in Network.walk network do
              if layer.IsDense then
                  index ]

    /// The other way round for a single output, the score of the second of two classes.
    let private negate (network: Network) (last: int) (parameters: Parameters<'T>) : unit =
        if Loss.output network.Loss <> Output.Sigmoid || last <> network.Layers.Length - 1 then
            Defect.refuse "labels" "in another order, with a single output that cannot be turned round"

        for window in parameters.Layout.Windows do
            if window.Layer = last then
                for place in window.Offset .. window.Offset + window.Length - 1 do
                    parameters.Values[place] <- Lane.ofFloat<'T>(-(Lane.toFloat parameters.Values[place]))

    let private windows (parameters: Parameters<'T>) : ('T[] * Window) list =
        [ for window in parameters.Layout.Windows -> parameters.Values, window
          for window in parameters.StatisticsLayout.Windows -> parameters.Statistics, window ]

    /// Puts in place what belongs to features: the columns of the first dense layer, and all that stands before it.
    let features (network: Network) (places: int[]) (parameters: Parameters<'T>) : unit =
        let first = List.head (densePlaces network)
        let isMoved = places <> Array.init places.Length id

        if isMoved && network.Layers |> List.exists _.IsPeriodic then
            Defect.refuse "columns" "in another order, with an embedding of features by their places"

        for values, window in windows parameters do
            if window.Layer < first || (window.Layer = first && window.Role = Role.Weight) then
                move values window 1 places

    /// Puts in place what belongs to classes: the rows of the last dense layer, and all that stands behind it.
    let classes (network: Network) (places: int[]) (parameters: Parameters<'T>) : unit =
        let last = List.last (densePlaces network)

        if network.Outputs = 1 then
            negate network last parameters
        else
            for values, window in windows parameters do
                if window.Layer = last && window.Role = Role.Weight then
                    move values window window.Cols places
                elif window.Layer >= last then
                    move values window 1 places
