namespace NeuralNetwork.Export

open System
open System.Text.RegularExpressions
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Plans

/// The numbers of a model as fields of a class in C#, to the bit in base64, and back.
module internal CSharpNumbers =

    /// Characters of base64 on a line.
    [<Literal>]
    let private LineLength = 100

    /// A named array of one type, as its bytes.
    let private array (kind: string) (name: string) (numbers: 'Number[]) : string * string * byte[] =
        let bytes = Array.zeroCreate<byte>(numbers.Length * sizeof<'Number>)
        Buffer.BlockCopy(numbers, 0, bytes, 0, bytes.Length)
        kind, name, bytes

    /// What C# calls the numbers of a role; the factor stands for gamma and the running variance.
    let private roleName (role: Role) : string option =
        match role with
        | Role.Weight -> Some "Weight"
        | Role.Bias -> Some "Bias"
        | Role.Slope -> Some "Slope"
        | Role.Frequency -> Some "Frequency"
        | Role.Phase -> Some "Phase"
        | Role.Beta -> Some "Beta"
        | Role.RunningMean -> Some "Mean"
        | Role.Gamma
        | Role.RunningVariance -> None

    /// Every array of a folded network, and of what rows go through: its type, its name, its bytes.
    let arrays (kind: string) (network: Network) (parameters: Parameters<'T>) (preprocessing: Preprocessing) =
        let tensors = BatchNormFolding.tensors parameters

        [ for window in parameters.Windows do
              for name in Option.toList (roleName window.Role) do
                  array kind $"{name}{window.Layer}" (parameters.Window(window).ToArray())
          for index, _, layer in Network.walk network do
              match layer with
              | Layer.BatchNorm settings ->
                  array "double" $"Factor{index}" (BatchNormFolding.factors tensors (index, settings))
              | _ -> ()
          for name, numbers in
              [ "Shift", preprocessing.Shift
                "Scale", preprocessing.Scale
                "TargetShift", preprocessing.TargetShift
                "TargetScale", preprocessing.TargetScale ] do
              if numbers.Length > 0 then
                  array "double" name numbers ]

    let private quotes = String('"', 3)

    /// The lines of a field.
    let field (kind: string, name: string, bytes: byte[]) : string list =
        let text = Convert.ToBase64String bytes

        [ $"private static readonly {kind}[] {name} = Numbers<{kind}>({quotes}"
          for start in 0..LineLength .. text.Length - 1 do
              "    " + text.Substring(start, min LineLength (text.Length - start))
          $"    {quotes}u8);"
          "" ]

    let private fieldPattern =
        Regex("(float|double)\[\] (\w+) = Numbers<\w+>\(\"\"\"\s+([^\"]*)\"\"\"u8\);", RegexOptions.CultureInvariant)

    /// The numbers of a source by their names, as bytes.
    let read (source: string) : (string * byte[]) list =
        [ for found in fieldPattern.Matches source do
              let name = found.Groups[2].Value

              let bytes =
                  try
                      Convert.FromBase64String found.Groups[3].Value
                  with :? FormatException ->
                      Defect.refuse name "is not base64"

              name, bytes ]
