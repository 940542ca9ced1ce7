namespace NeuralNetwork.Export

open System
open System.Runtime.InteropServices
open NeuralNetwork.Formats
open NeuralNetwork.Verification

/// ONNX graphs of the operators that this library writes, done node by node as the standard says, each number in float64 and
/// rounded once to the type of its tensor. Nothing of the engine is used: this is the second opinion on an exported file.
module internal OnnxEvaluation =

    /// The most numbers a value may have.
    [<Literal>]
    let private MaximalNumbers = 268435456L

    /// A matrix; less than two dimensions are a single row. A column of texts has no numbers.
    type private Value = { Type: string; Rows: int; Cols: int; Numbers: float[]; Texts: string[] }

    /// What a number becomes in an element type.
    let private rounded (kind: string) : float -> float =
        match kind with
        | "F32" -> fun x -> float (float32 x)
        | "I64" -> Math.Truncate
        | _ -> id

    let private create (what: string) (kind: string) (rows: int) (cols: int) (number: int -> int -> float) : Value =
        if int64 rows * int64 cols > MaximalNumbers then
            Defect.refuse what $"{rows} x {cols} numbers (limit {MaximalNumbers})"

        let round = rounded kind
        let numbers = Array.init (rows * cols) (fun place -> round (number (place / cols) (place % cols)))
        { Type = kind; Rows = rows; Cols = cols; Numbers = numbers; Texts = [||] }

    let private at (value: Value) (row: int) (col: int) : float = value.Numbers[row * value.Cols + col]

    let private ofTensor (tensor: Tensor) : Value =
        let numbers =
            match tensor.Type with
            | "F32" -> Array.map float (MemoryMarshal.Cast<byte, float32>(tensor.Bytes.Span).ToArray())
            | "I64" -> Array.map float (MemoryMarshal.Cast<byte, int64>(tensor.Bytes.Span).ToArray())
            | _ -> MemoryMarshal.Cast<byte, float>(tensor.Bytes.Span).ToArray()

        let shaped rows cols = { Type = tensor.Type; Rows = rows; Cols = cols; Numbers = numbers; Texts = [||] }

        match tensor.Shape with
        | [] -> shaped 1 1
        | [ cols ] -> shaped 1 (int cols)
        | [ rows; cols ] -> shaped (int rows) (int cols)
        | more -> Defect.refuse $"tensor {Defect.quote tensor.Name}" $"{more.Length} dimensions (at most 2)"

    let private each (what: string) (f: float -> float) (x: Value) =
        create what x.Type x.Rows x.Cols (fun row col -> f (at x row col))

    /// The length of a dimension of two operands: equal ones, or one of them 1.
    let private common (what: string) (left: int) (right: int) : int =
        if left = right || right = 1 then left
        elif left = 1 then right
        else Defect.refuse what $"operands with {left} and {right} rows or columns"

    /// The number of an operand at a place of the result.
    let private spread (value: Value) (row: int) (col: int) : float =
        at value (if value.Rows = 1 then 0 else row) (if value.Cols = 1 then 0 else col)

    let private both (what: string) (f: float -> float -> float) (x: Value) (y: Value) : Value =
        let rows, cols = common what x.Rows y.Rows, common what x.Cols y.Cols
        create what x.Type rows cols (fun row col -> f (spread x row col) (spread y row col))

    /// The second where the first is true, else the third.
    let private choose (what: string) (condition: Value) (x: Value) (y: Value) : Value =
        let rows = common what (common what condition.Rows x.Rows) y.Rows
        let cols = common what (common what condition.Cols x.Cols) y.Cols

        create what x.Type rows cols (fun row col ->
            if spread condition row col <> 0.0 then spread x row col else spread y row col)

    /// The number that stands for each text, or for none of them.
    let private encodeTexts
        (what: string)
        (keys: string list)
        (numbers: int64 list)
        (otherwise: int64)
        (x: Value)
        : Value =
        if keys.Length <> numbers.Length || x.Texts.Length <> x.Rows then
            Defect.refuse what $"{keys.Length} texts for {numbers.Length} numbers, or no texts to encode"

        let known = dict (List.zip keys numbers)

        create what "I64" x.Rows 1 (fun row _ ->
            match known.TryGetValue x.Texts[row] with
            | true, number -> float number
            | _ -> float otherwise)

    /// x·wᵀ + b
    let private gemm (what: string) (x: Value) (w: Value) (b: Value) : Value =
        if x.Cols <> w.Cols || b.Rows <> 1 || b.Cols <> w.Rows then
            Defect.refuse what $"x has {x.Cols} columns, w is {w.Rows} x {w.Cols}, b has {b.Cols} numbers"

        let product row unit =
            let left = x.Numbers.AsSpan(row * x.Cols, x.Cols)
            let right = w.Numbers.AsSpan(unit * w.Cols, w.Cols)
            let mutable sum = b.Numbers[unit]

            for place in 0 .. left.Length - 1 do
                sum <- sum + left[place] * right[place]

            sum

        create what x.Type x.Rows w.Rows product

    /// A row at a time: softmax shifted by the greatest, and the place of the greatest.
    let private row (x: Value) (index: int) = x.Numbers[index * x.Cols .. (index + 1) * x.Cols - 1]

    let private demandColumns (what: string) (x: Value) =
        if x.Cols = 0 then
            Defect.refuse what "rows without columns"

    let private softmax (what: string) (x: Value) : Value =
        demandColumns what x

        let share index =
            let numbers = row x index
            let greatest = Array.max numbers
            let powers = numbers |> Array.map (fun z -> exp (z - greatest))
            let sum = Array.sum powers
            powers |> Array.map (fun power -> power / sum)

        let shares = Array.init x.Rows share
        create what x.Type x.Rows x.Cols (fun row col -> shares[row][col])

    let private argMax (what: string) (x: Value) : Value =
        demandColumns what x

        let place _ index =
            let numbers = row x index
            float (Array.IndexOf(numbers, Array.max numbers))

        create what "I64" 1 x.Rows place

    /// Columns by their numbers.
    let private gather (what: string) (x: Value) (places: Value) : Value =
        if places.Numbers |> Array.exists (fun place -> place < 0.0 || place >= float x.Cols) then
            Defect.refuse what $"a column that is not among {x.Cols}"

        create what x.Type x.Rows places.Cols (fun row col -> at x row (int places.Numbers[col]))

    /// The columns so many times side by side.
    let private tile (what: string) (x: Value) (times: int) : Value =
        create what x.Type x.Rows (x.Cols * times) (fun row col -> at x row (col % x.Cols))

    /// The same numbers in rows of another length.
    let private reshape (what: string) (x: Value) (cols: float) : Value =
        if cols < 1.0 || x.Numbers.Length % int cols <> 0 then
            Defect.refuse what $"{x.Numbers.Length} numbers in rows of {cols}"

        { x with Rows = x.Numbers.Length / int cols; Cols = int cols }

    let private beside (what: string) (values: Value list) : Value =
        let first = values.Head

        for value in values do
            if value.Rows <> first.Rows then
                Defect.refuse what $"{first.Rows} rows beside {value.Rows}"

        let places =
            [| for value in values do
                   yield! Seq.init value.Cols (fun col -> struct (value, col)) |]

        create what first.Type first.Rows places.Length (fun row col ->
            let struct (value, col) = places[col]
            at value row col)

    let private castTo (what: string) (attributes: (string * OnnxAttribute) list) (x: Value) : Value =
        match attributes with
        | [ "to", OnnxAttribute.Whole number ] ->
            create what (OnnxGraph.typeName what (uint64 number)) x.Rows x.Cols (at x)
        | _ -> Defect.refuse what "no attribute 'to'"

    let private erf (x: float) : float = 1.0 - (Dual.Erfc(Dual.Constant x)).Value
    let private sigmoid (x: float) : float = if x > 0.0 then 1.0 / (1.0 + exp -x) else exp x / (1.0 + exp x)

    let private elementwise: Map<string, float -> float> =
        Map
            [ "Relu", max 0.0
              "Exp", exp
              "Log", log
              "Neg", (~-)
              "Abs", abs
              "Tanh", tanh
              "Sigmoid", sigmoid
              "Sin", sin
              "Floor", Math.Floor
              "IsNaN", (fun x -> if Double.IsNaN x then 1.0 else 0.0)
              "Erf", erf ]

    let private pairwise: Map<string, float -> float -> float> =
        Map
            [ "Add", (+)
              "Sub", (-)
              "Mul", (*)
              "Div", (/)
              "Max", max
              "Min", min
              "PRelu", (fun x a -> if x > 0.0 then x else a * x)
              "Equal", (fun x y -> if x = y then 1.0 else 0.0)
              "Greater", (fun x y -> if x > y then 1.0 else 0.0) ]

    let private apply (node: OnnxNode) (operands: Value list) : Value =
        let what = $"node {Defect.quote node.Output} ({Defect.quote node.Operator})"

        if
            node.Operator <> "LabelEncoder"
            && operands |> List.exists (fun value -> value.Type = fst OnnxGraph.text)
        then
            Defect.refuse what "takes texts"

        match node.Operator, node.Attributes, operands with
        | operator, [], [ x ] when elementwise.ContainsKey operator -> each what elementwise[operator] x
        | operator, [], [ x; y ] when pairwise.ContainsKey operator -> both what pairwise[operator] x y
        | "Gemm", [ "transB", OnnxAttribute.Whole 1L ], [ x; w; b ] -> gemm what x w b
        | "Softmax", [ "axis", OnnxAttribute.Whole -1L ], [ x ] -> softmax what x
        | "ArgMax", [ "axis", OnnxAttribute.Whole 1L; "keepdims", OnnxAttribute.Whole 0L ], [ x ] -> argMax what x
        | "Squeeze", [], [ x; axes ] when x.Cols = 1 && axes.Numbers = [| 1.0 |] -> { x with Rows = 1; Cols = x.Rows }
        | "Gather", [ "axis", OnnxAttribute.Whole 1L ], [ x; places ] -> gather what x places
        | "Tile", [], [ x; times ] when times.Cols = 2 && times.Numbers[0] = 1.0 -> tile what x (int times.Numbers[1])
        | "Reshape", [], [ x; shape ] when shape.Cols = 2 && shape.Numbers[0] = -1.0 -> reshape what x shape.Numbers[1]
        | "ReduceSum", [], [ x; axis ] when axis.Numbers = [| 1.0 |] ->
            create what x.Type x.Rows 1 (fun index _ -> Array.sum (row x index))
        | "Concat", [ "axis", OnnxAttribute.Whole 1L ], (_ :: _ as values) -> beside what values
        | "Where", [], [ condition; x; y ] -> choose what condition x y
        | "LabelEncoder",
          [ "default_int64", OnnxAttribute.Whole otherwise
            "keys_strings", OnnxAttribute.Texts keys
            "values_int64s", OnnxAttribute.Wholes numbers ],
          [ x ] -> encodeTexts what keys numbers otherwise x
        | "Cast", attributes, [ x ] -> castTo what attributes x
        | _ -> Defect.refuse what "is not read: no operator, attributes or operands of files of this library"

    let private step (known: Map<string, Value>) (node: OnnxNode) : Map<string, Value> =
        let operand name =
            match known.TryFind name with
            | Some value -> value
            | None ->
                Defect.refuse $"node {Defect.quote node.Output}" $"{Defect.quote name} is made by no node before it"

        if known.ContainsKey node.Output then
            Defect.refuse $"node {Defect.quote node.Output}" "is made twice"

        known.Add(node.Output, apply node (List.map operand node.Inputs))

    let private compute (graph: OnnxGraph) (output: string) (inputs: (string * Value) list) : float[] =
        let tensors = graph.Tensors |> List.map (fun tensor -> tensor.Name, ofTensor tensor)
        let known = List.fold step (Map.ofList (inputs @ tensors)) graph.Nodes

        match known.TryFind output with
        | Some value -> value.Numbers
        | None -> Defect.refuse $"output {Defect.quote output}" "is made by no node"

    /// The values of an output for rows of raw features, row after row.
    let run (graph: OnnxGraph) (output: string) (features: float[]) : float[] =
        let input =
            match graph.Inputs with
            | [ { Columns = Some columns } as input ] when columns > 0 && features.Length % columns = 0 -> input
            | _ -> Defect.refuse "input" $"does not take {features.Length} numbers as whole rows"

        let cols = input.Columns.Value
        let x = create "input" input.Type (features.Length / cols) cols (fun row col -> features[row * cols + col])
        compute graph output [ input.Name, x ]

    /// The values of an output for rows whose cells are given by the names of their columns.
    let runColumns (graph: OnnxGraph) (output: string) (cells: (string * OnnxCells) list) : float[] =
        let given = Map.ofList cells

        let value (port: OnnxPort) : Value =
            let what = $"input {Defect.quote port.Name}"

            match given.TryFind port.Name, port.Type with
            | Some(OnnxCells.Numbers numbers), kind when kind <> fst OnnxGraph.text ->
                create what kind numbers.Length 1 (fun row _ -> numbers[row])
            | Some(OnnxCells.Texts texts), kind when kind = fst OnnxGraph.text ->
                { Type = kind; Rows = texts.Length; Cols = 1; Numbers = [||]; Texts = texts }
            | Some _, kind -> Defect.refuse what $"takes cells of another kind ({kind})"
            | None, _ -> Defect.refuse what "is no column of the rows"

        compute graph output [ for port in graph.Inputs -> port.Name, value port ]
