namespace NeuralNetwork.Export

open NeuralNetwork.Formats
open NeuralNetwork.Maths

/// A setting of an ONNX node.
[<RequireQualifiedAccess>]
type internal OnnxAttribute =
    /// An integer, as the axis of a softmax
    | Whole of int64
    /// A number, as the slope of a leaky ReLU
    | Real of float32
    /// Integers, one for each text
    | Wholes of int64 list
    /// Texts, as the categories of a column
    | Texts of string list

/// One operation: what it is called in the standard, the values it takes and the one it makes.
type internal OnnxNode =
    {
        /// The operator's name in the standard.
        Operator: string
        /// The values it takes, by name.
        Inputs: string list
        /// The value it makes.
        Output: string
        /// Its settings by name.
        Attributes: (string * OnnxAttribute) list
    }

/// A value that goes into or comes out of a graph: a row for each row of the batch, whose number is open. Columns is empty
/// where a row is a single number without a dimension of its own.
type internal OnnxPort =
    {
        /// The name of the value.
        Name: string
        /// The element type, by its name in safetensors, F32, F64 or I64; or STRING, of texts.
        Type: string
        /// How many numbers a row has.
        Columns: int option
    }

/// What an ONNX file of this library holds: operations in the order in which they can be done, and the numbers they use.
/// There are no other files.
type internal OnnxGraph =
    internal
        {
            /// What goes in.
            Inputs: OnnxPort list
            /// What comes out.
            Outputs: OnnxPort list
            /// The operations, each behind those whose values it takes.
            Nodes: OnnxNode list
            /// The numbers they use.
            Tensors: Tensor list
            /// Keys and texts that travel along.
            Metadata: (string * string) list
        }

    /// As in: 5 operations, 4 tensors.
    override graph.ToString() =
        $"""{Text.count graph.Nodes.Length "operation"}, {Text.count graph.Tensors.Length "tensor"}"""

module internal OnnxGraph =

    /// The version of the operators' meanings that files are written for.
    [<Literal>]
    let Opset = 17L

    /// The version of the file format that belongs to it.
    [<Literal>]
    let IrVersion = 8L

    /// ONNX's numbers for element types.
    let types: (string * uint64) list = [ "F32", 1UL; "I64", 7UL; "F64", 11UL ]

    /// The name of texts, which are no numbers of a file and go in only, and ONNX's number for them.
    let text: string * uint64 = "STRING", 8UL

    let typeNumber (name: string) : uint64 = text :: types |> List.find (fun (known, _) -> known = name) |> snd

    /// Where operators of texts come from, and the version of their meanings.
    let ofTexts: string * int64 = "ai.onnx.ml", 2L

    /// The operators of texts.
    let isOfTexts (operator: string) : bool = operator = "LabelEncoder"

    /// The graph with other names for its values.
    let renamed (name: string -> string) (graph: OnnxGraph) : OnnxGraph =
        { graph with
            Nodes =
                [ for node in graph.Nodes -> { node with Inputs = List.map name node.Inputs; Output = name node.Output } ]
            Tensors = [ for tensor in graph.Tensors -> { tensor with Name = name tensor.Name } ] }

    /// The name of an element type.
    let typeName (field: string) (number: uint64) : string =
        match types |> List.tryFind (fun (_, known) -> known = number) with
        | Some(name, _) -> name
        | None -> Defect.refuse field $"element type {number} (known: 1 float32, 7 int64, 11 float64)"
