namespace NeuralNetwork

open System
open System.Numerics
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// The numbers of a network: the trainable ones in one flat vector with named windows, and the running statistics of batch
/// norms in another. Immutable by convention: whoever makes one hands it over and never writes to it again. Models keep the
/// arrays as they are, for a copy would be as large as the model.
type Parameters<'T> =
    {
        /// Where each trainable tensor lies in Values.
        Layout: Layout
        /// What is trained.
        Values: 'T[]
        /// Where each running statistic lies in Statistics.
        StatisticsLayout: Layout
        /// The running statistics of batch norms.
        Statistics: 'T[]
    }

    /// The numbers of a window of either vector, in row-major order.
    member parameters.Window(window: Window) : ReadOnlySpan<'T> =
        match window.Role with
        | Role.RunningMean
        | Role.RunningVariance -> ReadOnlySpan(parameters.Statistics, window.Offset, window.Length)
        | Role.Weight
        | Role.Bias
        | Role.Frequency
        | Role.Phase
        | Role.Slope
        | Role.Gamma
        | Role.Beta -> ReadOnlySpan(parameters.Values, window.Offset, window.Length)

    /// Every window: the trainable ones, then the statistics.
    member internal parameters.Windows: Window list = parameters.Layout.Windows @ parameters.StatisticsLayout.Windows

    /// As in: 82 parameters in Single.
    override parameters.ToString() =
        let count = parameters.Layout.Windows |> List.sumBy _.Length
        $"""{Text.count count "parameter"} in {typeof<'T>.Name}"""

module Parameters =

    /// A NotSupportedException where 'T is neither float32 nor float.
    let internal checkType<'T> () : unit =
        if typeof<'T> <> typeof<float32> && typeof<'T> <> typeof<float> then
            raise (NotSupportedException $"a model of {typeof<'T>.Name}: its numbers are float or double")

    /// Zeros in the shape of a network's parameters. NotSupportedException where 'T is neither float32 nor float.
    let zeros<'T> (network: Network) : Parameters<'T> =
        checkType<'T>()
        let layout, statistics = Layout.ofNetwork network, Layout.statistics network

        { Layout = layout
          Values = Array.zeroCreate<'T> layout.Length
          StatisticsLayout = statistics
          Statistics = Array.zeroCreate<'T> statistics.Length }

    /// The stream of a member's fresh parameters: beyond the numbers of layers, which have streams of their own in it.
    let private memberKey (seed: uint64) (number: int) : Key =
        let key = Random.key seed Purpose.Initialize
        if number = 0 then key else Random.fold key ((1UL <<< 32) + uint64 number)

    /// Fresh parameters: weights from the layers' initializers, biases and beta 0, gamma 1, running mean 0, running
    /// variance 1, slopes as their layer says; of waves the frequencies normal, phases and mixtures uniform. Every layer has a
    /// stream of its own under the seed, and in it one of its own for the bias, so a layer begins the same whatever stands
    /// behind it. The first member begins as a network by itself, the others each with a seed of their own.
    let initialize<'T> (seed: uint64) (network: Network) : Parameters<'T> =
        let parameters = zeros<'T> network
        let windows = Layout.byRole parameters.Windows

        let fill (values: 'T[]) role layer (value: int -> int -> float) =
            match windows.TryFind(struct (layer, role)) with
            | Some window ->
                let length = window.Length / network.Members

                for number in 0 .. network.Members - 1 do
                    let value = value number

                    for place in 0 .. length - 1 do
                        values[window.Offset + number * length + place] <- Lane.ofFloat<'T>(value place)
            | None -> ()

        for index, inputs, layer in Network.walk network do
            match layer with
            | Layer.Dense(units, initializer) ->
                let key number = Random.fold (memberKey seed number) (uint64 index)

                fill parameters.Values Role.Weight index (fun number ->
                    let weight = Initializer.sample inputs units initializer (key number)
                    fun place -> weight (uint64 place))

                fill parameters.Values Role.Bias index (fun number ->
                    let bias = Initializer.bias inputs initializer (Random.fold (key number) 1UL)
                    fun place -> bias (uint64 place))
            | Layer.BatchNorm _ ->
                fill parameters.Values Role.Gamma index (fun _ _ -> 1.0)
                fill parameters.Statistics Role.RunningVariance index (fun _ _ -> 1.0)
            | Layer.PReLU start -> fill parameters.Values Role.Slope index (fun _ _ -> start)
            | Layer.Periodic settings ->
                let key number part = Random.fold (Random.fold (memberKey seed number) (uint64 index)) part
                let fill = fill parameters.Values

                let normal part = fun number place -> settings.Scale * Random.normal (key number part) (uint64 place)

                let uniform bound part =
                    fun number place -> bound * (2.0 * Random.uniform (key number part) (uint64 place) - 1.0)

                let bound = 1.0 / sqrt (float settings.Frequencies)
                fill Role.Frequency index (normal 0UL)
                fill Role.Phase index (uniform 0.5 1UL)
                fill Role.Weight index (uniform bound 2UL)
                fill Role.Bias index (uniform bound 3UL)
            | Layer.Activate _
            | Layer.Softmax
            | Layer.Dropout _ -> ()

        parameters

    /// An ArgumentException with both sizes if the parameters are not those of the network; NotSupportedException where 'T is
    /// neither float32 nor float.
    let check (network: Network) (parameters: Parameters<'T>) : unit =
        checkType<'T>()
        let expected = (Layout.ofNetwork network).Length

        if parameters.Values.Length <> expected then
            let message = $"{parameters.Values.Length} parameters for a network of {expected}"
            raise (ArgumentException(message, nameof parameters))

        let statistics = (Layout.statistics network).Length

        if parameters.Statistics.Length <> statistics then
            let message = $"{parameters.Statistics.Length} running statistics for a network of {statistics}"
            raise (ArgumentException(message, nameof parameters))

    let private isFiniteNumber (value: 'T) : bool = Double.IsFinite(Lane.toFloat value)

    /// Whether every number is finite.
    let isFinite (parameters: Parameters<'T>) : bool =
        Array.forall isFiniteNumber parameters.Values && Array.forall isFiniteNumber parameters.Statistics

    /// A number that follows from the bits of all numbers: FNV-1a over them, a number at a time, turned so that every bit moves others.
    let internal fingerprint (parameters: Parameters<'T>) : int64 =
        let mix (hash: uint64) (value: 'T) : uint64 =
            BitOperations.RotateLeft(
                (hash ^^^ BitConverter.DoubleToUInt64Bits(Lane.toFloat value)) * 0x100000001B3UL,
                29
            )

        Array.fold mix (Array.fold mix 0xCBF29CE484222325UL parameters.Values) parameters.Statistics
        |> int64

    /// The first number that is not finite, as in: layers.0.weight has NaN.
    let internal defect (parameters: Parameters<'T>) : string option =
        parameters.Windows
        |> List.tryPick (fun window ->
            parameters.Window(window).ToArray()
            |> Array.tryFind (isFiniteNumber >> not)
            |> Option.map (fun value -> $"{window.Name} has {Text.number (Lane.toFloat value)}"))

    /// The same numbers in another precision.
    let convert<'From, 'To> (parameters: Parameters<'From>) : Parameters<'To> =
        let each = Array.map (fun (value: 'From) -> Lane.ofFloat<'To>(Lane.toFloat value))

        { Layout = parameters.Layout
          Values = each parameters.Values
          StatisticsLayout = parameters.StatisticsLayout
          Statistics = each parameters.Statistics }

    /// Writes parameters into an executor's memory.
    let internal load (executor: Executor<'T>) (parameters: Parameters<'T>) : unit =
        parameters.Values.AsSpan().CopyTo(executor.Span executor.Plan.Parameters)
        parameters.Statistics.AsSpan().CopyTo(executor.Span executor.Plan.Statistics)

    /// A copy of an executor's parameters, in the layouts of others of the same network.
    let internal save (executor: Executor<'T>) (like: Parameters<'T>) : Parameters<'T> =
        { like with
            Values = executor.Span(executor.Plan.Parameters).ToArray()
            Statistics = executor.Span(executor.Plan.Statistics).ToArray() }

/// What an optimizer remembers from step to step, each slot in the layout of the parameters.
module internal Slots =

    let private check (executor: Executor<'T>) (optimizer: Optimizer) (slots: 'T[] list) =
        let expected, length = executor.Plan.Slots.Length, executor.Plan.Parameters.Length

        if slots.Length <> expected then
            let message = $"{slots.Length} slots, but {Optimizer.name optimizer} has {expected}"
            raise (ArgumentException(message, nameof slots))

        for slot in slots do
            if slot.Length <> length then
                raise (ArgumentException($"a slot of {slot.Length} numbers for {length} parameters", nameof slots))

    /// Writes slots into an executor's memory. ArgumentException with both sizes if they are not those of the optimizer.
    let internal load (executor: Executor<'T>) (optimizer: Optimizer) (slots: 'T[] list) : unit =
        check executor optimizer slots
        List.iter2 (fun (values: 'T[]) slot -> values.AsSpan().CopyTo(executor.Span slot)) slots executor.Plan.Slots

    /// Copies of an executor's slots.
    let save (executor: Executor<'T>) : 'T[] list =
        executor.Plan.Slots |> List.map (fun slot -> executor.Span(slot).ToArray())
