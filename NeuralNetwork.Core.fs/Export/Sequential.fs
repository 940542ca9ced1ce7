namespace NeuralNetwork.Export

open System
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// Models as a PyTorch `nn.Sequential`: a module for each layer, by the layer's number, so that `load_state_dict` of the
/// printed network takes the tensors as they are.
module internal Sequential =

    /// What PyTorch calls the tensors of a layer.
    let private leaf (role: Role) : string =
        match role with
        | Role.Weight
        | Role.Slope
        | Role.Gamma -> "weight"
        | Role.Bias
        | Role.Beta -> "bias"
        | Role.RunningMean -> "running_mean"
        | Role.RunningVariance -> "running_var"
        // No module of PyTorch has them, and no export: only tensors that are asked for by these names.
        | Role.Frequency -> "frequency"
        | Role.Phase -> "phase"

    let private name (window: Window) : string = $"{window.Layer}.{leaf window.Role}"

    /// Python writes numbers as this library does, but for those it would take for whole ones.
    let private number (x: float) : string =
        let text = Text.number x
        if Seq.forall Char.IsAsciiDigit text then text + ".0" else text

    let private activation (activation: Activation) : string =
        match activation with
        | Activation.Identity -> "Identity()"
        | Activation.ReLU -> "ReLU()"
        | Activation.LeakyReLU slope -> $"LeakyReLU({number slope})"
        | Activation.ELU alpha -> $"ELU({number alpha})"
        | Activation.SELU -> "SELU()"
        | Activation.GELU -> "GELU()"
        | Activation.GELUTanh -> "GELU(approximate='tanh')"
        | Activation.SiLU -> "SiLU()"
        | Activation.Mish -> "Mish()"
        | Activation.Softplus -> "Softplus()"
        | Activation.Softsign -> "Softsign()"
        | Activation.Tanh -> "Tanh()"
        | Activation.Sigmoid -> "Sigmoid()"
        | Activation.HardSigmoid -> "Hardsigmoid()"
        | Activation.HardTanh -> "Hardtanh()"
        | Activation.Exponential -> "Exponential()"

    let private softmax = "Softmax(dim=1)"

    let private isNorm (layer: Layer option) : bool = layer |> Option.exists _.IsBatchNorm

    /// A layer, with the one that follows it.
    let private layer ((_: int, inputs: int, layer: Layer), next: Layer option) : string =
        match layer with
        | Layer.Dense(units, _) when isNorm next -> $"Linear({inputs}, {units}, bias=False)"
        | Layer.Dense(units, _) -> $"Linear({inputs}, {units})"
        | Layer.Activate f -> activation f
        | Layer.PReLU _ -> $"PReLU({inputs})"
        | Layer.Periodic _ -> invalidOp "nn.Sequential has no waves"
        | Layer.Softmax -> softmax
        | Layer.Dropout rate -> $"Dropout({number rate})"
        | Layer.BatchNorm settings ->
            // PyTorch's momentum is the weight of the new; 1 - 0.9 is not quite 0.1.
            let momentum = Math.Round(1.0 - settings.Decay, 15)
            $"BatchNorm1d({inputs}, eps={number settings.Epsilon}, momentum={number momentum})"

    let private output (network: Network) : string list =
        match Loss.output network.Loss with
        | Output.Linear -> []
        | Output.Sigmoid -> [ activation Activation.Sigmoid ]
        | Output.Softmax -> [ softmax ]
        | Output.Exponential -> [ activation Activation.Exponential ]

    let private own (modules: string list) =
        if List.contains (activation Activation.Exponential) modules then
            [ "class Exponential(nn.Module):"; "    def forward(self, x):"; "        return x.exp()"; "" ]
        else
            []

    let private preparation (preprocessing: Preprocessing) =
        let divided = if preprocessing.Divisor = 1.0 then "x" else $"x / {number preprocessing.Divisor}"

        if preprocessing.Shift.Length > 0 then
            [ $"# x = ({divided} - shift) / scale, which stand in the description's preprocessing" ]
        elif preprocessing.Divisor <> 1.0 then
            [ $"# x = {divided}" ]
        else
            []

    /// ArgumentException for what nn.Sequential does not have.
    let private demand (network: Network) =
        if network.Layers |> List.exists _.IsPeriodic then
            raise (ArgumentException "a periodic embedding is no module of nn.Sequential")

        if network.Members > 1 then
            let found = $"an ensemble of {network.Members} members is no nn.Sequential"
            raise (ArgumentException $"{found} (Model.Split gives its members, each of which is one)")

    /// The network in Python, its output function included: what is trained there on logits leaves the last module away.
    /// ArgumentException for an ensemble, each of whose members is a Sequential, and for a periodic embedding.
    let text (model: Model<'T>) : string =
        let network = model.Network
        demand network
        let following = List.tail (List.map Some network.Layers @ [ None ])
        let modules = List.map layer (List.zip (Network.walk network) following) @ output network
        let isOwn text = text = activation Activation.Exponential
        let line text = if isOwn text then $"    {text}," else $"    nn.{text},"
        let ending = if Lane.isSingle<'T> then ")" else ").double()"

        String.concat
            "\n"
            [ yield! own modules
              yield! preparation model.Preprocessing
              "network = nn.Sequential("
              yield! List.map line modules
              ending ]

    let private count (index: int) : Tensor =
        { Name = $"{index}.num_batches_tracked"
          Type = "I64"
          Shape = []
          Bytes = ReadOnlyMemory(Array.zeroCreate<byte> 8) }

    let private tensors (model: Model<'T>) : Tensor list =
        let parameters = model.Parameters

        let all =
            [ for window in parameters.Layout.Windows do
                  { Tensors.ofWindow "" parameters.Values window with Name = name window }
              for window in parameters.StatisticsLayout.Windows do
                  { Tensors.ofWindow "" parameters.Statistics window with Name = name window } ]

        let counts =
            [ for index, _, layer in Network.walk model.Network do
                  if layer.IsBatchNorm then
                      count index ]

        // The count of eight bytes first: float32 tensors may leave a place that is no multiple of eight.
        counts @ all

    /// The bytes of a safetensors file with the names of `network.state_dict()`; the metadata hold the network in Python and
    /// the description of the model. ArgumentException for an ensemble, each of whose members is a Sequential, and for a periodic
    /// embedding.
    let write (model: Model<'T>) : byte[] =
        Safetensors.write
            { Metadata = [ "format", "pt"; "sequential", text model; "description", ModelFile.describe model ]
              Tensors = tensors model }

    /// Tensors of a Sequential of this network under the names of a model file.
    let internal renamed (network: Network) (tensors: Tensor list) : Tensor list =
        let windows = (Layout.ofNetwork network).Windows @ (Layout.statistics network).Windows
        let known = windows |> List.map (fun window -> name window, window.Name) |> Map.ofList

        [ for tensor in tensors do
              if not (Tensors.isCount tensor.Name) then
                  { tensor with Name = known.TryFind tensor.Name |> Option.defaultValue tensor.Name } ]
