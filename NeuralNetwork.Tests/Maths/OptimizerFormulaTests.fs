/// The printed formulas: each, read as a program, makes the steps of its rule.
module NeuralNetwork.Tests.Maths.OptimizerFormulaTests

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests

/// A reader of the formulas' notation over named numbers: sums, products with ·, quotients, roots, powers, |x|, max, sign.
type private Reader(text: string, value: string -> float) =
    let text = text.Replace(" ", "")
    let mutable place = 0

    let next () = if place < text.Length then text[place] else '\000'

    let eat (word: string) =
        let found = String.CompareOrdinal(text, place, word, 0, word.Length) = 0

        if found then
            place <- place + word.Length

        found

    let expect word =
        if not (eat word) then
            raise (FormatException $"no {word} at {place} of {text}")

    let isName c = Char.IsLetter c && c <> 'ᵗ' || c = '\u0302' || "₀₁₂₊∞".Contains c

    let name () =
        let start = place

        while isName (next ()) do
            place <- place + 1

        text[start .. place - 1]

    member private r.Sum() : float =
        let first = if eat "-" then -r.Product() else r.Product()

        let rec more total =
            if eat "+" then more (total + r.Product())
            elif eat "-" then more (total - r.Product())
            else total

        more first

    member private r.Product() : float =
        let rec more total =
            if eat "·" then more (total * r.Power())
            elif eat "/" then more (total / r.Power())
            else total

        more (r.Power())

    member private r.Power() : float =
        let x = r.Atom()

        if eat "²" then x * x
        elif eat "ᵗ⁺¹" then x ** (value "t" + 1.0)
        elif eat "ᵗ" then x ** value "t"
        elif eat "^" then x ** r.Atom()
        else x

    member private r.Inside(closing: string) : float =
        let x = r.Sum()
        expect closing
        x

    member private r.Atom() : float =
        if eat "(" then
            r.Inside ")"
        elif eat "|" then
            abs (r.Inside "|")
        elif eat "√" then
            sqrt (r.Atom())
        elif eat "½" then
            0.5
        elif Char.IsDigit(next ()) then
            r.Number()
        else
            match name () with
            | "sign" ->
                expect "("
                float (sign (r.Inside ")"))
            | "max" ->
                expect "("
                let x = r.Inside ","
                max x (r.Inside ")")
            | other -> value other

    member private _.Number() : float =
        let start = place

        while Char.IsDigit(next ()) || next () = '.' do
            place <- place + 1

        match Text.tryNumber text[start .. place - 1] with
        | Some x -> x
        | None -> raise (FormatException text[start .. place - 1])

    /// The number that the whole text comes to.
    member r.Value() : float =
        let x = r.Sum()
        expect ""
        Expect.that (place = text.Length) $"'{text[place..]}' is left of {text}"
        x

/// The letters of the settings.
let private letters =
    [ "momentum", "µ"; "dampening", "d"; "rho", "ρ"; "beta1", "β₁"; "beta2", "β₂"; "epsilon", "ε" ]
    @ [ "weight-decay", "λ"; "psi", "ψ" ]

/// The weights after each gradient, by the printed lines alone.
let private follow (optimizer: Optimizer) (rate: float) (gradients: float list) : float list =
    let numbers = Collections.Generic.Dictionary<string, float>()

    for setting in Optimizer.settings optimizer do
        match setting.Value, List.tryFind (fun (long, _) -> long = setting.Name) letters with
        | Setting.Number x, Some(_, letter) -> numbers[letter] <- x
        | _ -> ()

    for slot in [ "m"; "v"; "u" ] do
        numbers[slot] <- 0.0

    numbers["α"] <- rate
    numbers["w"] <- 1.0
    let value text = Reader(text, (fun name -> numbers[name])).Value()

    let assign (line: string) =
        match line.Split(" = ") with
        | [| name; text |] -> numbers[name] <- value text
        | _ -> raise (FormatException line)

    let run step (line: string) =
        match line.Split([| ", beginning at " |], StringSplitOptions.None) with
        | [| rest; first |] ->
            if step = 1 then
                numbers["v"] <- value first

            assign rest
        | _ when line.StartsWith "w -= " -> numbers["w"] <- numbers["w"] - value line[5..]
        | _ -> line.Split ",  " |> Array.iter assign

    [ for step, g in List.indexed gradients do
          numbers["t"] <- float (step + 1)
          numbers["g"] <- g
          Optimizer.formula optimizer |> List.iter (run (step + 1))
          numbers["w"] ]

/// The weights after each gradient, by the engine.
let private engine (optimizer: Optimizer) (rate: float) (gradients: float list) : float list =
    let network = Network.input 1 |> Network.denseWith Initializer.Zeros 1
    let parameters = Parameters.zeros<float> network
    let weight = parameters.Layout.Windows.Head.Offset
    parameters.Values[weight] <- 1.0

    let next (step, parameters: Parameters<float>, slots) g =
        let gradient = Array.zeroCreate<float> parameters.Values.Length
        gradient[weight] <- g
        let struct (parameters, slots) = Model.update network optimizer step rate parameters slots gradient
        step + 1, parameters, slots

    let start = 1, parameters, Model.zeroSlots<float> network optimizer

    gradients
    |> List.scan next start
    |> List.tail
    |> List.map (fun (_, parameters, _) -> parameters.Values[weight])

/// In words, or with a product over all steps: their lines are no programs.
let private isProgram (optimizer: Optimizer) =
    match optimizer with
    | Optimizer.RAdam _
    | Optimizer.Rprop _
    | Optimizer.Nadam { Scheduled = true } -> false
    | _ -> true

/// Every optimizer of every convention and with every switch turned, each once.
let private variants =
    let turned optimizer =
        [ for setting in Optimizer.settings optimizer do
              let values =
                  match setting.Value with
                  | Setting.Flag _ -> [ Setting.Flag true; Setting.Flag false ]
                  | Setting.Placement _ -> EpsilonPlacement.all |> List.map Setting.Placement
                  | Setting.Number _ -> []

              for value in values do
                  Expect.ok (Optimizer.withSetting setting.Name value optimizer) ]

    Convention.all
    |> List.collect (fun convention ->
        Optimizer.all
        |> List.map (fun one -> Expect.ok (Optimizer.ofConvention convention (Optimizer.name one))))
    |> List.collect (fun one -> one :: turned one)
    |> List.distinct
    |> List.filter isProgram

let private examples =
    [ "adagrad", Convention.Torch, [ "beginning at 0"; "(√v + ε)" ], "√(v"
      "adagrad", Convention.Keras3, [ "beginning at 0.1"; "√(v + ε)" ], "√v + ε"
      "momentum", Convention.Torch, [ "m = µ·m + g"; "w -= α·m" ], "α·g"
      "momentum", Convention.Keras3, [ "m = µ·m + α·g"; "w -= m" ], "α·m"
      "adam", Convention.Torch, [ "(√v̂ + ε)" ], "√(1 - β₂ᵗ)"
      "adam", Convention.Keras2, [ "α·√(1 - β₂ᵗ)·m̂ / (√v + ε)" ], "v̂"
      "nadam", Convention.Torch, [ "0.96" ], "β₁ᵗ⁺¹"
      "nadam", Convention.Optax, [ "β₁ᵗ⁺¹" ], "0.96"
      "adamax", Convention.Keras3, [ "max(β₂·u, |g|)"; "(u + ε)" ], "|g| + ε"
      "radam", Convention.Optax, [ "√v̂ + ε" ], "√(1 - β₂ᵗ)·" ]

let tests =
    group
        "Optimizer"
        (byEntry
            [ each
                  "A printed formula, read as a program, makes the steps of its rule"
                  variants
                  (fun (optimizer: Optimizer) ->
                      // Small gradients, so that ε counts.
                      let gradients = [ 1e-4; -3e-4; 2e-4; 1e-7; 5e-4 ]

                      for expected, found in List.zip (engine optimizer 0.1 gradients) (follow optimizer 0.1 gradients) do
                          // The two may round differently: some twenty operations on numbers up to 1, of a root as small as 1e-7.
                          Expect.within 1e-9 expected found)
              test "A convention has its own formula, not another's" (fun () ->
                  for name, convention, present, absent in examples do
                      let text =
                          String.Join('\n', Optimizer.formula (Expect.ok (Optimizer.ofConvention convention name)))

                      Expect.mentions present text
                      Expect.that (not (text.Contains absent)) $"{name} of {convention} has {absent}") ])
