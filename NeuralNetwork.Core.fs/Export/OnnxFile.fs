namespace NeuralNetwork.Export

open System
open System.IO
open System.Text
open NeuralNetwork.Formats

/// ONNX graphs as protobuf, by the field numbers of onnx.proto. Tensors stand in the file itself: references to other files
/// are refused, whatever they name.
module internal OnnxFile =

    // Writing ---------------------------------------------------------------------------------------------------------

    let private text (number: int) (value: string) = Field.Bytes(number, ReadOnlyMemory(Encoding.UTF8.GetBytes value))
    let private whole (number: int) (value: int64) = Field.Varint(number, uint64 value)

    // AttributeProto: name 1, f 2, i 3, ints 8, strings 9, type 20 (FLOAT 1, INT 2, INTS 7, STRINGS 8)
    let private attribute (name: string, value: OnnxAttribute) =
        match value with
        | OnnxAttribute.Real x -> [ text 1 name; Field.Fixed32(2, BitConverter.SingleToUInt32Bits x); whole 20 1L ]
        | OnnxAttribute.Whole i -> [ text 1 name; whole 3 i; whole 20 2L ]
        | OnnxAttribute.Wholes several -> [ text 1 name; yield! List.map (whole 8) several; whole 20 7L ]
        | OnnxAttribute.Texts texts -> [ text 1 name; yield! List.map (text 9) texts; whole 20 8L ]

    // NodeProto: input 1, output 2, name 3, op_type 4, attribute 5, domain 7
    let private node (node: OnnxNode) =
        [ yield! List.map (text 1) node.Inputs
          text 2 node.Output
          text 3 node.Output
          text 4 node.Operator
          for setting in node.Attributes do
              Field.Message(5, attribute setting)
          if OnnxGraph.isOfTexts node.Operator then
              text 7 (fst OnnxGraph.ofTexts) ]

    // TensorProto: dims 1, data_type 2, name 8, raw_data 9
    let private tensor (tensor: Tensor) =
        [ yield! List.map (whole 1) tensor.Shape
          Field.Varint(2, OnnxGraph.typeNumber tensor.Type)
          text 8 tensor.Name
          Field.Bytes(9, tensor.Bytes) ]

    // ValueInfoProto: name 1, type 2 { tensor_type 1 { elem_type 1, shape 2 { dim 1 { dim_value 1, dim_param 2 } } } }
    let private port (port: OnnxPort) =
        let shape =
            [ Field.Message(1, [ text 2 "batch" ])
              for columns in Option.toList port.Columns do
                  Field.Message(1, [ whole 1 (int64 columns) ]) ]

        let tensor = [ Field.Varint(1, OnnxGraph.typeNumber port.Type); Field.Message(2, shape) ]
        [ text 1 port.Name; Field.Message(2, [ Field.Message(1, tensor) ]) ]

    // GraphProto: node 1, name 2, initializer 5, input 11, output 12
    let private graph (graph: OnnxGraph) =
        [ for step in graph.Nodes do
              Field.Message(1, node step)
          text 2 "network"
          for numbers in graph.Tensors do
              Field.Message(5, tensor numbers)
          for value in graph.Inputs do
              Field.Message(11, port value)
          for value in graph.Outputs do
              Field.Message(12, port value) ]

    // ModelProto: ir_version 1, producer_name 2, graph 7, opset_import 8 { domain 1, version 2 },
    // metadata_props 14 { key 1, value 2 }
    let private model (content: OnnxGraph) =
        [ whole 1 OnnxGraph.IrVersion
          text 2 "neuralnetwork"
          Field.Message(7, graph content)
          Field.Message(8, [ whole 2 OnnxGraph.Opset ])
          if content.Nodes |> List.exists (fun node -> OnnxGraph.isOfTexts node.Operator) then
              Field.Message(8, [ text 1 (fst OnnxGraph.ofTexts); whole 2 (snd OnnxGraph.ofTexts) ])
          for key, value in content.Metadata do
              Field.Message(14, [ text 1 key; text 2 value ]) ]

    /// The bytes of a graph's file. InvalidOperationException above the 2 GB that one file of the format can have.
    let write (graph: OnnxGraph) : byte[] =
        let fields = model graph

        if Protobuf.length fields > int64 Int32.MaxValue then
            raise (InvalidOperationException "an ONNX file holds at most 2 GB")

        use stream = new MemoryStream(int (Protobuf.length fields))
        Protobuf.write stream fields
        stream.ToArray()

    // Reading ---------------------------------------------------------------------------------------------------------

    let private readText (field: string) (bytes: ReadOnlyMemory<byte>) : string =
        if not (Unicode.Utf8.IsValid bytes.Span) then
            Defect.refuse field "not UTF-8"

        Encoding.UTF8.GetString bytes.Span

    let private bytesOf (number: int) (fields: Field list) =
        [ for field in fields do
              match field with
              | Field.Bytes(found, value) when found = number -> value
              | _ -> () ]

    let private varintsOf (number: int) (fields: Field list) =
        [ for field in fields do
              match field with
              | Field.Varint(found, value) when found = number -> value
              | _ -> () ]

    let private textsOf (what: string) (number: int) (fields: Field list) =
        bytesOf number fields |> List.map (readText what)

    let private messagesOf (what: string) (number: int) (fields: Field list) =
        bytesOf number fields |> List.map (Protobuf.read what)

    /// The one value there is; protobuf lets a later one replace an earlier one, which no writer of ONNX does.
    let private one (what: string) (name: string) (values: 'Value list) : 'Value =
        match values with
        | [ value ] -> value
        | other -> Defect.refuse what $"{other.Length} values for '{name}' (expected 1)"

    let private readAttribute (what: string) (fields: Field list) : string * OnnxAttribute =
        let name = one what "attribute name" (textsOf what 1 fields)
        let what = $"{what}: attribute {Defect.quote name}"

        let reals =
            [ for field in fields do
                  match field with
                  | Field.Fixed32(2, bits) -> BitConverter.UInt32BitsToSingle bits
                  | _ -> () ]

        match reals, varintsOf 3 fields, varintsOf 8 fields, textsOf what 9 fields with
        | [ x ], [], [], [] -> name, OnnxAttribute.Real x
        | [], [ i ], [], [] -> name, OnnxAttribute.Whole(int64 i)
        | [], [], (_ :: _ as several), [] -> name, OnnxAttribute.Wholes(List.map int64 several)
        | [], [], [], (_ :: _ as texts) -> name, OnnxAttribute.Texts texts
        | _ -> Defect.refuse what "neither a number nor whole numbers nor texts"

    let private readNode (fields: Field list) : OnnxNode =
        let what = "node"
        let output = one what "output" (textsOf what 2 fields)
        let what = $"node {Defect.quote output}"

        { Operator = one what "op_type" (textsOf what 4 fields)
          Inputs = textsOf what 1 fields
          Output = output
          Attributes = messagesOf what 5 fields |> List.map (readAttribute what) }

    /// The dimensions, one field each or packed into one.
    let private readShape (what: string) (fields: Field list) : int64 list =
        let limited (length: uint64) =
            if length > uint64 Int32.MaxValue then
                Defect.refuse what $"a dimension of {length} (limit {Int32.MaxValue})"

            int64 length

        let packed = bytesOf 1 fields |> List.collect (Protobuf.varints what)
        List.map limited (varintsOf 1 fields @ packed)

    let private readTensor (fields: Field list) : Tensor =
        let name = one "tensor" "name" (textsOf "tensor" 8 fields)
        let what = $"tensor {Defect.quote name}"

        if not (bytesOf 13 fields).IsEmpty || varintsOf 14 fields |> List.exists (fun place -> place <> 0UL) then
            Defect.refuse what "its numbers stand in another file, which is not read"

        let kind = OnnxGraph.typeName what (one what "data_type" (varintsOf 2 fields))
        let shape = readShape what fields
        let bytes = one what "raw_data" (bytesOf 9 fields)
        let size = if kind = "F32" then 4I else 8I
        let expected = List.fold (fun product length -> product * bigint (length: int64)) size shape

        if expected <> bigint bytes.Length then
            Defect.refuse what $"{bytes.Length} bytes (its shape needs {expected})"

        { Name = name; Type = kind; Shape = shape; Bytes = bytes }

    let private readPort (what: string) (fields: Field list) : OnnxPort =
        let name = one what "name" (textsOf what 1 fields)
        let what = $"{what} {Defect.quote name}"
        let inner (number: int) (name: string) fields = one what name (messagesOf what number fields)
        let tensor = fields |> inner 2 "type" |> inner 1 "tensor_type"

        let columns =
            match tensor |> inner 2 "shape" |> messagesOf what 1 |> List.map (varintsOf 1) with
            | [ [] ] -> None
            | [ []; [ columns ] ] when columns <= uint64 Int32.MaxValue -> Some(int columns)
            | _ -> Defect.refuse what "its shape is not a number of columns for each row of the batch"

        { Name = name
          Type =
            match one what "elem_type" (varintsOf 1 tensor) with
            | number when number = snd OnnxGraph.text -> fst OnnxGraph.text
            | number -> OnnxGraph.typeName what number
          Columns = columns }

    let private readMetadata (fields: Field list) =
        let what = "metadata"
        one what "key" (textsOf what 1 fields), one what "value" (textsOf what 2 fields)

    let private parse (bytes: byte[]) : OnnxGraph =
        let fields = Protobuf.read "model" (ReadOnlyMemory bytes)
        let graph = one "model" "graph" (messagesOf "graph" 7 fields)
        let domain, version = OnnxGraph.ofTexts
        let isOfTexts opset = textsOf "opset" 1 opset = [ domain ] && varintsOf 2 opset = [ uint64 version ]

        let versions = messagesOf "opset" 8 fields |> List.filter (isOfTexts >> not) |> List.collect (varintsOf 2)

        if versions <> [ uint64 OnnxGraph.Opset ] then
            Defect.refuse "opset" $"""{String.Join(", ", versions)} (this program reads {OnnxGraph.Opset})"""

        { Inputs = messagesOf "input" 11 graph |> List.map (readPort "input")
          Outputs = messagesOf "output" 12 graph |> List.map (readPort "output")
          Nodes = messagesOf "node" 1 graph |> List.map readNode
          Tensors = messagesOf "tensor" 5 graph |> List.map readTensor
          Metadata = messagesOf "metadata" 14 fields |> List.map readMetadata }

    /// Reads a file; tensors share the memory of `bytes`.
    let read (bytes: byte[]) : Result<OnnxGraph, Defect> = Defect.catch (fun () -> parse bytes)
