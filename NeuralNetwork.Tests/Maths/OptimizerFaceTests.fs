/// The optimizers as C# sees them: arguments with names and defaults, refused where they are given.
module NeuralNetwork.Tests.Maths.OptimizerFaceTests

open System
open System.Reflection
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open Microsoft.FSharp.Reflection

/// Every union case, by reflection: no list can have forgotten it.
let private cases = FSharpType.GetUnionCases typeof<Optimizer> |> List.ofArray

let private members: MethodInfo list =
    typeof<Optimizers>.GetMethods(BindingFlags.Public ||| BindingFlags.Static)
    |> List.ofArray
    |> List.filter (fun one -> not one.IsSpecialName)

let private named (name: string) : MethodInfo = members |> List.find (fun one -> one.Name = name)

let private call (method: MethodInfo) (arguments: objnull[]) : Optimizer =
    try
        match method.Invoke(null, arguments) with
        | :? Optimizer as optimizer -> optimizer
        | other -> invalidOp $"%A{other}"
    with :? TargetInvocationException as error ->
        raise (nonNull error.InnerException)

/// Placements are null where none is given: the compilers hand over what stands behind the argument's name.
let private defaults (method: MethodInfo) : objnull[] =
    method.GetParameters()
    |> Array.map (fun argument -> if argument.HasDefaultValue then argument.DefaultValue else null)

/// The name of a field or an argument from that of a setting, which is an option of the command line.
let private pascal (setting: string) =
    setting.Split '-'
    |> Array.map (fun word -> $"{Char.ToUpperInvariant word[0]}{word[1..]}")
    |> String.concat ""

let private camel (setting: string) = let name = pascal setting in $"{Char.ToLowerInvariant name[0]}{name[1..]}"

/// `Placement` in records and for C#, `epsilon-placement` where it stands beside options of other things.
let private short (setting: string) = if setting = "epsilon-placement" then "placement" else setting

let private optimizers = Optimizer.all |> List.map (fun optimizer -> Optimizer.name optimizer, optimizer)

let tests =
    group
        "Optimizer"
        (byEntry
            [ test "Every case of the union is in the list, in the same order" (fun () ->
                  Expect.equal
                      (cases |> List.map _.Name)
                      (Optimizer.all
                       |> List.map (fun one -> (fst (FSharpValue.GetUnionFields(one, typeof<Optimizer>))).Name)))
              eachNamed
                  "Record, arguments for C# and options of the command line have the same names in the same order"
                  optimizers
                  (fun (optimizer: Optimizer) ->
                      let case, values = FSharpValue.GetUnionFields(optimizer, typeof<Optimizer>)
                      let settings = Optimizer.settings optimizer |> List.map (fun setting -> short setting.Name)

                      let fields =
                          match List.ofArray values with
                          | [ record ] ->
                              FSharpType.GetRecordFields(record.GetType()) |> Array.map _.Name |> List.ofArray
                          | _ -> []

                      Expect.equal (settings |> List.map pascal) fields

                      if not settings.IsEmpty then
                          let arguments =
                              (named case.Name).GetParameters()
                              |> Array.map (fun one -> string one.Name)
                              |> List.ofArray

                          Expect.equal (settings |> List.map camel) arguments
                          Expect.equal optimizer (call (named case.Name) (defaults (named case.Name))))
              eachNamed
                  "An argument that cannot be is refused by its name where it is given"
                  optimizers
                  (fun (optimizer: Optimizer) ->
                      for setting in Optimizer.settings optimizer do
                          match setting.Value with
                          | Setting.Number _ ->
                              let method = named (fst (FSharpValue.GetUnionFields(optimizer, typeof<Optimizer>))).Name
                              let arguments = defaults method

                              let place =
                                  method.GetParameters() |> Array.findIndex (fun one -> one.Name = camel setting.Name)

                              arguments[place] <- -1.0

                              let error =
                                  Expect.raises<ArgumentOutOfRangeException>(fun () -> call method arguments |> ignore)

                              Expect.equal (camel setting.Name) (string error.ParamName)

                              Expect.mentions
                                  [ Optimizer.name optimizer; $"{setting.Name} -1 (must be " ]
                                  error.Message
                          | Setting.Flag _
                          | Setting.Placement _ -> ())
              test "Every setting can be given by its name, and a null placement is the standard one" (fun () ->
                  let inside = EpsilonPlacement.Inside
                  Expect.equal (Optimizer.Lion { Lion.standard with Beta1 = 0.95 }) (Optimizers.Lion(beta1 = 0.95))

                  Expect.equal
                      (Optimizer.Adam { Adam.standard with Placement = inside })
                      (Optimizers.Adam(placement = inside))

                  Expect.equal (Optimizer.Adam Adam.standard) (Optimizers.Adam(placement = null))

                  Expect.equal
                      (Optimizer.RMSprop { RMSprop.standard with Centered = true; Momentum = 0.9 })
                      (Optimizers.RMSprop(momentum = 0.9, centered = true))) ])
