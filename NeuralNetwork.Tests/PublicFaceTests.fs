/// How large the public face is, and that what stands on it can be written out by a program compiled ahead of time.
module NeuralNetwork.Tests.PublicFaceTests

open System
open System.Reflection
open System.Runtime.CompilerServices
open System.Text.RegularExpressions
open NeuralNetwork
open Microsoft.FSharp.Reflection

let private library = typeof<Network>.Assembly

/// A case of a union is seen by .NET as a class inside of it.
let private isCase (t: Type) = t.IsNested && FSharpType.IsUnion(nonNull t.DeclaringType)

let private types = library.GetExportedTypes() |> Array.filter (isCase >> not) |> List.ofArray

let private expectNone (what: string) (found: string list) =
    let names = String.Join('\n', found)
    Expect.that found.IsEmpty $"{what}:\n{names}"

let private toString (t: Type) =
    match
        t.GetMethod(
            "ToString",
            BindingFlags.Public ||| BindingFlags.Instance ||| BindingFlags.DeclaredOnly,
            Type.EmptyTypes
        )
    with
    | null -> None
    | method -> Some method

let private isWritten (method: MethodInfo) = not (method.IsDefined(typeof<CompilerGeneratedAttribute>, false))

/// The calls in a method, by the tokens that stand in its body: what is no token of a method is passed over.
let private calls (method: MethodInfo) : string list =
    match method.GetMethodBody() with
    | null -> []
    | body ->
        let bytes = nonNull (body.GetILAsByteArray())
        let ofType = (nonNull method.DeclaringType).GetGenericArguments()

        [ for place in 0 .. bytes.Length - 5 do
              // call, callvirt, newobj
              if bytes[place] = 0x28uy || bytes[place] = 0x6Fuy || bytes[place] = 0x73uy then
                  let token = BitConverter.ToInt32(bytes, place + 1)

                  let found =
                      try
                          method.Module.ResolveMethod(token, ofType, [||])
                      with
                      | :? ArgumentException
                      | :? BadImageFormatException -> null

                  match found with
                  | null -> ()
                  | called -> $"{called.DeclaringType}.{called.Name}" ]

let private isByPrintf (method: MethodInfo) = calls method |> List.exists _.Contains("PrintfFormat")

/// Says itself by printf.
[<Sealed>]
type private Printed(x: float) =
    override _.ToString() = $"{x} and {1.5}"

/// Says itself by texts that are joined.
[<Sealed>]
type private Joined(x: float) =
    override _.ToString() = "at " + x.ToString("R")

let tests =
    group
        "PublicFace"
        [
          // What nearly every app names is in the namespace that it opens, everything else in the namespace of its room. These are how many
          // there are, and no change makes more.
          test "The public face does not grow" (fun () ->
              let named = types |> List.filter (fun t -> t.Namespace = "NeuralNetwork")
              Expect.that (types.Length <= 120) $"{types.Length} public types"
              Expect.that (named.Length <= 53) $"{named.Length} public types in NeuralNetwork")
          test "None of the public types is a formula, a rule, a kernel or an operation" (fun () ->
              types
              |> List.map _.Name
              |> List.filter (fun name ->
                  Regex.IsMatch(name, @"(Formula|Rule|Kernel|Visitor|Op|Plan)(Module)?(`\d)?$"))
              |> expectNone "parts of the engine")
          // What F# makes of itself where nothing is written reads the fields by reflection, which a program compiled ahead of time
          // may not have.
          test "Every public record and union says itself, without reflection" (fun () ->
              [ for t in types do
                    if (FSharpType.IsRecord t || FSharpType.IsUnion t) then
                        if not (toString t |> Option.exists isWritten) then
                            string t.FullName ]
              |> expectNone "say themselves by reflection")
          test "An activation and a loss say themselves by the names on their pages, which are read back" (fun () ->
              for activation in
                  Activation.all @ [ Activation.Exponential; Activation.LeakyReLU 0.3; Activation.ELU 0.5 ] do
                  Expect.equal (Ok activation) (Activation.parse (string activation))

              for loss in
                  Loss.all
                  @ [ Loss.Quantile 0.9
                      Loss.Huber 2.5
                      Loss.Focal 1.5
                      Loss.BalancedFocal(3.0, 0.1)
                      Loss.SmoothedCrossEntropy 0.2 ] do
                  Expect.equal (Ok loss) (Loss.parse (string loss)))
          // An interpolated text with a number in it is made by printf, which looks for the number's type at run time.
          test "What says itself joins texts, and leaves printf alone" (fun () ->
              [ for t in types do
                    match toString t with
                    | Some method when isByPrintf method -> string t.FullName
                    | _ -> () ]
              |> expectNone "say themselves by printf")
          test "The reader of calls finds printf where it is, and only there" (fun () ->
              let written (t: Type) = Option.get (toString t)
              Expect.that (isByPrintf (written typeof<Printed>)) "printf was not seen"
              Expect.that (not (isByPrintf (written typeof<Joined>))) "printf was seen where there is none"

              Expect.that
                  (calls (written typeof<Joined>) |> List.contains "System.Double.ToString")
                  "a call was not seen") ]
