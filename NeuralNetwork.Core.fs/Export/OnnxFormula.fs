namespace NeuralNetwork.Export

open System
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Maths

/// A formula in the operators of ONNX, as data: the nodes are made from it.
[<RequireQualifiedAccess>]
type internal Term =
    /// A value that has a name already.
    | Value of Name: string
    /// A number in the precision of the network.
    | Number of float
    /// Numbers of the file.
    | Numbers of Tensor
    | Apply of Operator: string * Attributes: (string * OnnxAttribute) list * Operands: Term list

/// Arithmetic of terms instead of numbers.
module internal TermArithmetic =

    let private both (operator: string) (left: Term) (right: Term) = Term.Apply(operator, [], [ left; right ])

    let (+) (left: Term) (right: Term) : Term = both "Add" left right
    let (-) (left: Term) (right: Term) : Term = both "Sub" left right
    let (*) (left: Term) (right: Term) : Term = both "Mul" left right
    let (/) (left: Term) (right: Term) : Term = both "Div" left right

/// The layers in the operators of ONNX. An operator is used as it is where runtimes have it in float32 and in float64, and
/// otherwise written out in those they have: Elu, Selu, Softplus, Softsign and HardSigmoid are float32 in ONNX Runtime.
module internal OnnxFormula =

    open TermArithmetic

    let private number (x: float) = Term.Number x

    let private call (operator: string) (operands: Term list) = Term.Apply(operator, [], operands)
    let private one (operator: string) (x: Term) = call operator [ x ]
    let private max (x: Term) (least: float) = call "Max" [ x; Term.Number least ]
    let private min (x: Term) (most: float) = call "Min" [ x; Term.Number most ]

    /// The same numbers in another element type.
    let cast (kind: string) (x: Term) : Term =
        Term.Apply("Cast", [ "to", OnnxAttribute.Whole(int64 (OnnxGraph.typeNumber kind)) ], [ x ])

    /// Erf is float32 wherever it is: seven digits of it, in float64, too.
    let private erf (kind: string) (x: Term) =
        if kind = "F64" then x |> cast "F32" |> one "Erf" |> cast kind else one "Erf" x

    let private elu (alpha: float) (x: Term) = max x 0.0 + number alpha * (one "Exp" (min x 0.0) - number 1.0)

    /// max(x, 0) + log (1 + e^-|x|), which overflows nowhere.
    let private softplus (x: Term) = max x 0.0 + one "Log" (number 1.0 + one "Exp" (one "Neg" (one "Abs" x)))

    /// √(2/π)
    [<Literal>]
    let private RootTwoOverPi = 0.79788456080286535588

    let private cube (x: Term) = x * x * x

    /// z = x for x > 0, else a·x, a number or one for each column
    let prelu (a: Term) (x: Term) : Term = call "PRelu" [ x; a ]

    /// y = f(x) for numbers of an element type.
    let activation (kind: string) (f: Activation) (x: Term) : Term =
        match f with
        | Activation.Identity -> x
        | Activation.ReLU -> one "Relu" x
        | Activation.LeakyReLU slope -> prelu (Term.Number slope) x
        | Activation.ELU alpha -> elu alpha x
        | Activation.SELU ->
            // λ·x on the right, λ·α·(eˣ - 1) on the left
            let right, left = number Elementary.SeluRight, number Elementary.SeluLeft
            right * max x 0.0 + left * (one "Exp" (min x 0.0) - number 1.0)
        | Activation.GELU -> x * (number 0.5 * (number 1.0 + erf kind (x / number (sqrt 2.0))))
        | Activation.GELUTanh ->
            let inner = number RootTwoOverPi * (x + number 0.044715 * cube x)
            x * (number 0.5 * (number 1.0 + one "Tanh" inner))
        // ONNX Runtime makes x·σ(x) an operation that it has in float32 only.
        | Activation.SiLU -> x / (number 1.0 + one "Exp" (one "Neg" x))
        | Activation.Mish -> x * one "Tanh" (softplus x)
        | Activation.Softplus -> softplus x
        | Activation.Softsign -> x / (number 1.0 + one "Abs" x)
        | Activation.Tanh -> one "Tanh" x
        | Activation.Sigmoid -> one "Sigmoid" x
        | Activation.HardSigmoid -> min (max (x + number 3.0) 0.0) 6.0 / number 6.0
        | Activation.HardTanh -> min (max x -1.0) 1.0
        | Activation.Exponential -> one "Exp" x

    /// pⱼ = exp xⱼ / Σᵢ exp xᵢ, row by row
    let softmax (x: Term) : Term = Term.Apply("Softmax", [ "axis", OnnxAttribute.Whole -1L ], [ x ])

    /// z = x·wᵀ + b
    let dense (w: Tensor) (b: Tensor) (x: Term) : Term =
        let operands = [ x; Term.Numbers w; Term.Numbers b ]
        Term.Apply("Gemm", [ "transB", OnnxAttribute.Whole 1L ], operands)

    /// Whole numbers of the file.
    let private whole (name: string) (numbers: int64 list) : Term =
        let bytes = numbers |> List.toArray |> Array.collect BitConverter.GetBytes
        Term.Numbers { Name = name; Type = "I64"; Shape = [ int64 numbers.Length ]; Bytes = ReadOnlyMemory bytes }

    /// y = x, and behind it e = v·cos 2π(w·x + b) + c of each of these features. Each feature stands there as often as it has
    /// waves, then the waves as often as they have mixtures; for its sum each mixture has a row of its own. A cosine is the sine
    /// a quarter of a turn further, for runtimes have sines in either precision.
    let periodic (name: string) (settings: Periodic) (w: Tensor, b: Tensor, v: Tensor, c: Tensor) (x: Term) : Term =
        let flat (tensor: Tensor) = Term.Numbers { tensor with Shape = [ List.fold Checked.(*) 1L tensor.Shape ] }
        let waves, mixtures = int64 settings.Frequencies, int64 (Periodic.added settings)
        let repeated = settings.Features |> List.collect (int64 >> List.replicate settings.Frequencies)
        let places = whole $"{name}.features" repeated
        let each = Term.Apply("Gather", [ "axis", OnnxAttribute.Whole 1L ], [ x; places ])
        let h = one "Sin" (number Math.Tau * (each * flat w + flat b + number 0.25))
        let parts = call "Tile" [ h; whole $"{name}.repeats" [ 1L; int64 settings.Outputs ] ] * flat v

        let sums =
            call
                "ReduceSum"
                [ call "Reshape" [ parts; whole $"{name}.waves" [ -1L; waves ] ]; whole $"{name}.axis" [ 1L ] ]

        let e = call "Reshape" [ sums; whole $"{name}.mixtures" [ -1L; mixtures ] ] + Term.Numbers c
        Term.Apply("Concat", [ "axis", OnnxAttribute.Whole 1L ], [ x; e ])

    /// y = (x - mean)·factor + beta with factor = gamma / √(variance + ε)
    let batchNorm (mean: Tensor) (factor: Tensor) (beta: Tensor) (x: Term) : Term =
        (x - Term.Numbers mean) * Term.Numbers factor + Term.Numbers beta

    /// Work in float64 and back to the element type, where numbers must not lose digits on the way.
    let inDouble (kind: string) (formula: Term -> Term) (x: Term) : Term =
        if kind = "F64" then formula x else x |> cast "F64" |> formula |> cast kind

    /// The class of each row: the place of its greatest number, the first of equal ones.
    let greatest (x: Term) : Term =
        Term.Apply("ArgMax", [ "axis", OnnxAttribute.Whole 1L; "keepdims", OnnxAttribute.Whole 0L ], [ x ])

    /// The class of each row where there is one number: 1 above a boundary, else 0. Rows lose their dimension of one.
    let above (boundary: float) (x: Term) : Term =
        let axes = { Name = "axes"; Type = "I64"; Shape = [ 1L ]; Bytes = ReadOnlyMemory(BitConverter.GetBytes 1L) }
        let isAbove = call "Greater" [ x; Term.Number boundary ]
        call "Squeeze" [ cast "I64" isAbove; Term.Numbers axes ]

    /// The same by the second of two numbers, a row of them each.
    let secondAbove (boundary: float) (x: Term) : Term =
        let place = { Name = "second"; Type = "I64"; Shape = [ 1L ]; Bytes = ReadOnlyMemory(BitConverter.GetBytes 1L) }
        above boundary (Term.Apply("Gather", [ "axis", OnnxAttribute.Whole 1L ], [ x; Term.Numbers place ]))

    // Nodes -----------------------------------------------------------------------------------------------------------

    /// The bytes of numbers in an element type.
    let bytes (kind: string) (numbers: float[]) : ReadOnlyMemory<byte> =
        let each (x: float) = if kind = "F64" then BitConverter.GetBytes x else BitConverter.GetBytes(float32 x)

        ReadOnlyMemory(Array.collect each numbers)

    let private scalar (kind: string) (name: string) (x: float) : Tensor =
        { Name = name; Type = kind; Shape = []; Bytes = bytes kind [| x |] }

    /// The nodes and numbers of a formula, operands first; what is not the whole is called by its place in it.
    let rec nodes (kind: string) (name: string) (formula: Term) : string * OnnxNode list * Tensor list =
        match formula with
        | Term.Value known -> known, [], []
        | Term.Number x -> name, [], [ scalar kind name x ]
        | Term.Numbers tensor -> tensor.Name, [], [ tensor ]
        | Term.Apply(operator, attributes, operands) ->
            let parts = operands |> List.mapi (fun place operand -> nodes kind $"{name}/{place}" operand)
            let inputs = parts |> List.map (fun (input, _, _) -> input)
            let own = { Operator = operator; Inputs = inputs; Output = name; Attributes = attributes }

            name,
            List.collect (fun (_, nodes, _) -> nodes) parts @ [ own ],
            List.collect (fun (_, _, tensors) -> tensors) parts
