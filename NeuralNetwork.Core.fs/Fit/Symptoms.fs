namespace NeuralNetwork.Analysis

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// What shows that a trained network cannot tell rows apart, or that layers of it are worth less than their size. Layers
/// go by their position in the description.
type Symptoms =
    {
        /// Whether the outputs are the same, to the bit, for every row.
        ConstantOutputs: bool
        /// Hidden dense layers of several units that all have the same weights and bias, to the bit; of an ensemble, those of a
        /// member.
        AlikeUnits: int list
        /// Hidden dense layers whose weights have a gradient of exactly 0; of an ensemble, in a member.
        ZeroGradient: int list
    }

    /// Nothing to see.
    static member None: Symptoms = { ConstantOutputs = false; AlikeUnits = []; ZeroGradient = [] }

    /// As in: constant outputs; units alike in layer 0; or nothing to see.
    override symptoms.ToString() =
        let layers what (found: int list) = $"""{what} in layer {String.Join(", ", List.map string found)}"""

        [ if symptoms.ConstantOutputs then
              "constant outputs"
          if not symptoms.AlikeUnits.IsEmpty then
              layers "units alike" symptoms.AlikeUnits
          if not symptoms.ZeroGradient.IsEmpty then
              layers "no gradient" symptoms.ZeroGradient ]
        |> function
            | [] -> "nothing to see"
            | parts -> String.Join("; ", parts)

module internal Symptoms =

    /// So many rows tell.
    [<Literal>]
    let private Rows = 256

    /// All rows of a matrix are the first one.
    let private isOneRow (cols: int) (numbers: 'T[]) =
        numbers
        |> Seq.indexed
        |> Seq.forall (fun (place, number) -> Lane.toFloat number = Lane.toFloat numbers[place % cols])

    /// What each member has of the numbers of a window.
    let private membersOf (model: Model<'T>) (numbers: 'Number[]) : 'Number[] list =
        List.ofArray (Array.splitInto model.Network.Members numbers)

    let private hiddenWeights (model: Model<'T>) : Window list =
        let weights = model.Parameters.Layout.Windows |> List.filter _.Role.IsWeight
        List.take (max 0 (weights.Length - 1)) weights

    let private isAlike (model: Model<'T>) (window: Window) =
        let bias = Layout.tryFind window.Layer Role.Bias model.Parameters.Layout
        let parts = membersOf model

        let areOne (window: Window) cols =
            model.Parameters.Window(window).ToArray() |> parts |> List.map (isOneRow cols)

        let biases = bias |> Option.map (fun bias -> areOne bias 1)
        let weights = areOne window window.Cols
        let both = biases |> Option.map (List.map2 (&&) weights) |> Option.defaultValue weights
        window.Rows > model.Network.Members && List.contains true both

    /// Looks for them in the first rows of some data. The units of a layer that begin alike get the same gradient in every
    /// step, so they stay alike, and the layer is one unit wide; where the weights behind them are 0, that gradient is 0,
    /// too. A single row has nothing to differ from.
    let find<'T> (machine: Machine) (model: Model<'T>) (data: Dataset) : Symptoms =
        let rows = min data.Rows Rows
        use gradients = new Gradients<'T>(machine, model, data, rows, Defaults.ReadAhead)
        let gradient = gradients.Of(0, rows)
        let hidden = hiddenWeights model

        let isZero (window: Window) =
            Array.sub gradient window.Offset window.Length
            |> membersOf model
            |> List.exists (Array.forall ((=) 0.0))

        let layers isTrue = hidden |> List.filter isTrue |> List.map _.Layer

        { ConstantOutputs = rows > 1 && isOneRow (Network.outputs model.Network) gradients.Outputs
          AlikeUnits = layers (isAlike model)
          ZeroGradient = layers isZero }

type Symptoms with

    /// <summary>Looks for symptoms in the first rows of some data. The units of a layer that begin alike get the same
    /// gradient in every step, so they stay alike, and the layer is one unit wide.</summary>
    /// <param name="machine">What the gradients are computed on.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="data">Rows as it was trained with.</param>
    /// <returns>What was found.</returns>
    static member Of<'T>(machine: Machine, model: Model<'T>, data: Dataset) : Symptoms =
        Symptoms.find machine model data
