namespace NeuralNetwork.Export

open System
open System.Runtime.InteropServices
open System.Text
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Formats

/// Models as NPZ: an array for each tensor by its name in a model file, and the rest of the model as the bytes of its JSON
/// in UTF-8, an array of uint8 called `description`. NumPy reads all of it without pickle.
module internal NpzModel =

    /// The array that holds everything that is no tensor.
    [<Literal>]
    let Description = "description"

    let private array (tensor: Tensor) : Npy =
        let bytes = tensor.Bytes.Span

        { Shape = tensor.Shape |> List.map int |> Array.ofList
          Values =
            if tensor.Type = "F32" then
                NumberArray.Singles(MemoryMarshal.Cast<byte, float32>(bytes).ToArray())
            else
                NumberArray.Doubles(MemoryMarshal.Cast<byte, float>(bytes).ToArray()) }

    /// The bytes of a model's file: equal models give equal bytes.
    let write (model: Model<'T>) : byte[] =
        let text = Encoding.UTF8.GetBytes(ModelFile.describe model)
        let tensors = Tensors.ofParameters "" model.Parameters

        Npz.write
            [ Description, { Shape = [| text.Length |]; Values = NumberArray.Bytes text }
              for tensor in tensors do
                  tensor.Name, array tensor ]

    let private bytesOf (name: string) (array: Npy) : byte[] =
        match array.Values with
        | NumberArray.Bytes bytes -> bytes
        | _ -> Defect.refuse $"key '{name}'" "is no array of uint8"

    /// An array as a tensor. What is read of integers is one, too.
    let internal tensor (name: string) (array: Npy) : Tensor =
        let kind, bytes =
            match array.Values.InMemory() with
            | NumberArray.Bytes values -> "U8", values
            | NumberArray.Singles values -> "F32", MemoryMarshal.AsBytes(ReadOnlySpan values).ToArray()
            | numbers -> "F64", (ColumnStatistics.bytesOf numbers).ToArray()

        { Name = name
          Type = kind
          Shape = array.Shape |> List.ofArray |> List.map int64
          Bytes = ReadOnlyMemory bytes }

    /// As large as a model's file may be, and no larger: packed, it may be a thousandth of that.
    let private demandSize (bytes: byte[]) : unit =
        let unpacked = Zip.entries bytes |> List.sumBy _.Length

        if unpacked > int64 Array.MaxLength then
            Defect.refuse "zip" $"{unpacked} bytes once unpacked (limit {Array.MaxLength})"

    /// The content of an archive as a safetensors file has it: tensors, and the description among the metadata if there is
    /// one.
    let internal content (bytes: byte[]) : Safetensors =
        let names = Defect.value (Npz.keys bytes) |> List.filter (Tensors.isCount >> not)
        demandSize bytes
        let arrays = List.zip names (Defect.value (Npz.read names bytes))
        let texts, tensors = arrays |> List.partition (fun (name, _) -> name = Description)

        { Metadata = [ for name, array in texts -> name, Encoding.UTF8.GetString(bytesOf name array) ]
          Tensors = tensors |> List.map (fun (name, array) -> tensor name array) }
