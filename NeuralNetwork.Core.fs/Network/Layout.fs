namespace NeuralNetwork

open System

/// What a window of the parameter vector holds.
[<RequireQualifiedAccess>]
type Role =
    /// units x inputs
    | Weight
    /// 1 x units
    | Bias

/// A named window of the flat parameter vector: Rows x Cols numbers in row-major order from Offset on.
type Window =
    { Layer: int
      Role: Role
      Offset: int
      Rows: int
      Cols: int }

    member window.Length: int = window.Rows * window.Cols

    /// The name in a model file, as in layers.0.weight.
    member window.Name: string =
        match window.Role with
        | Role.Weight -> $"layers.{window.Layer}.weight"
        | Role.Bias -> $"layers.{window.Layer}.bias"

/// Where each tensor of a network lies in one flat vector. Parameters, gradients and every optimizer slot share it.
type Layout = { Length: int; Windows: Window list }

module Layout =

    /// Windows start on multiples of this many numbers: 64 bytes of float32.
    [<Literal>]
    let Alignment = 16

    /// The smallest multiple of the alignment that is not below x.
    let align (x: int64) : int64 = (x + int64 (Alignment - 1)) &&& ~~~(int64 (Alignment - 1))

    let private shapes (index: int, inputs: int, layer: Layer) =
        match layer with
        | Layer.Dense(units, _) -> [ index, Role.Weight, units, inputs; index, Role.Bias, 1, units ]
        | Layer.Activate _ -> []

    /// The layout of a network's trainable parameters. More numbers than one vector can hold raise an
    /// ArgumentException with the arithmetic.
    let ofNetwork (network: Network) : Layout =
        let place (offset: int64) (layer, role, rows, cols) =
            let next = align (offset + int64 rows * int64 cols)

            if next > int64 Array.MaxLength then
                let bytes = 4.0 * float rows * float cols / 1e9

                raise (
                    ArgumentException
                        $"layer {layer} has {rows} x {cols} weights ({bytes:F0} GB): too many for one vector"
                )

            { Layer = layer; Role = role; Offset = int offset; Rows = rows; Cols = cols }, next

        let windows, length = network |> Network.walk |> List.collect shapes |> List.mapFold place 0L
        { Length = int length; Windows = windows }

    /// The number of parameters proper, without the padding between windows.
    let parameters (layout: Layout) : int64 = layout.Windows |> List.sumBy (fun window -> int64 window.Length)

    /// The window of a layer in a role, if the layer has one.
    let tryFind (layer: int) (role: Role) (layout: Layout) : Window option =
        layout.Windows |> List.tryFind (fun window -> window.Layer = layer && window.Role = role)
