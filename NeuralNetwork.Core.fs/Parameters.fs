namespace NeuralNetwork

open System

/// The trainable numbers of a network, one flat vector with named windows. Immutable by convention: whoever makes one
/// hands it over and never writes to it again.
type Parameters<'T> =
    { Layout: Layout
      Values: 'T[] }

    /// The numbers of a window, in row-major order.
    member parameters.Window(window: Window) : ReadOnlySpan<'T> =
        ReadOnlySpan(parameters.Values, window.Offset, window.Length)

module Parameters =

    /// Fresh parameters from the layers' initializers. Every layer has a stream of its own under the seed, and in it one
    /// of its own for the bias, so a layer begins the same whatever stands behind it.
    let initialize<'T> (seed: uint64) (network: Network) : Parameters<'T> =
        let layout = Layout.ofNetwork network
        let values = Array.zeroCreate<'T> layout.Length
        let key = Random.key seed Purpose.Initialize

        let fill (draw: uint64 -> float) (window: Window) =
            for place in 0 .. window.Length - 1 do
                values[window.Offset + place] <- Lane.ofFloat<'T>(draw (uint64 place))

        for index, inputs, layer in Network.walk network do
            match layer with
            | Layer.Dense(units, initializer) ->
                let key = Random.fold key (uint64 index)
                let weight, bias = Layout.tryFind index Role.Weight layout, Layout.tryFind index Role.Bias layout
                Option.iter (fill (Initializer.sample inputs units initializer key)) weight
                Option.iter (fill (Initializer.bias inputs initializer (Random.fold key 1UL))) bias
            | Layer.Activate _ -> ()

        { Layout = layout; Values = values }

    /// An ArgumentException with both sizes if the parameters are not those of the network.
    let check (network: Network) (parameters: Parameters<'T>) : unit =
        let expected = (Layout.ofNetwork network).Length

        if parameters.Values.Length <> expected then
            let message = $"{parameters.Values.Length} parameters for a network of {expected}"
            raise (ArgumentException(message, nameof parameters))

    /// Whether every number is finite.
    let isFinite (parameters: Parameters<'T>) : bool =
        parameters.Values |> Array.forall (fun value -> Double.IsFinite(Lane.toFloat value))

    /// The same numbers in another precision.
    let convert<'From, 'To> (parameters: Parameters<'From>) : Parameters<'To> =
        { Layout = parameters.Layout
          Values = parameters.Values |> Array.map (fun value -> Lane.ofFloat<'To>(Lane.toFloat value)) }
