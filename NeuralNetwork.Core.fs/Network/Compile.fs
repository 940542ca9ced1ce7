namespace NeuralNetwork.Plans

open NeuralNetwork

/// Compiling a description: first the naive plan, as the mathematics says it, then one rewrite after the other.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Plan =

    /// The plan as the mathematics says it: every intermediate result has memory of its own, nothing is fused.
    /// Without training it is for prediction alone and has no room for a gradient.
    let naive (network: Network) (training: Training option) (batch: int) : Plan = Naive.plan network training batch

    /// Every rewrite with its name, in the order they are applied. Each gives the same results as the plan before it.
    let rewrites: (string * (Plan -> Plan)) list = Rewrite.all

    /// The first and the last operation of a program that touch a slice.
    let lifetimes (ops: Op list) : (Slice * (int * int)) list = Rewrite.lifetimes ops

    let private rewritten (plan: Plan) = List.fold (fun plan (_, rewrite) -> rewrite plan) plan rewrites

    /// The plan of a network trained in batches of at most so many rows.
    let compile (network: Network) (training: Training) (batch: int) : Plan =
        rewritten (naive network (Some training) batch)

    /// The same, with the gradient of the loss in the inputs besides that in the parameters.
    let withInputGradient (network: Network) (training: Training) (batch: int) : Plan =
        rewritten (Naive.planFor true network (Some training) batch)

    /// The plan whose step gives vᵀ·∂p/∂x, the derivative of predictions p in their inputs x along a direction v in the
    /// predictions, as `Naive.responseOf` says it. It is not rewritten: that of a row is asked for now and then.
    let ofResponse (network: Network) (batch: int) : Plan = Naive.responseOf network batch

    /// The plan of a network that only predicts and evaluates.
    let forPrediction (network: Network) (batch: int) : Plan = rewritten (naive network None batch)

    /// A program with only some of its operations.
    let rec private only (wanted: Op -> bool) (ops: Op list) : Op list =
        ops
        |> List.collect (fun op ->
            match op with
            | Op.Together together ->
                match only wanted together with
                | [] -> []
                | [ single ] -> [ single ]
                | several -> [ Op.Together several ]
            | single -> if wanted single then [ single ] else [])

    /// What changes the parameters, and what limits them afterwards.
    let private isUpdate (op: Op) =
        match op with
        | Op.Update _
        | Op.LimitNorm _ -> true
        | _ -> false

    let private isClipping (op: Op) =
        match op with
        | Op.ClipValue _
        | Op.SumSquares _
        | Op.ClipNorm _ -> true
        | _ -> false

    /// The step up to the gradient of the whole loss, penalties included: no clipping, no update. Where a batch is cut, behind
    /// the sum of the gradients of its shards.
    let gradient (plan: Plan) : Op list = only (fun op -> not (isUpdate op || isClipping op)) plan.Step

    /// The rest of the step: clipping and updates.
    let updates (plan: Plan) : Op list = only (fun op -> isUpdate op || isClipping op) plan.Step

    /// How batches are cut, as in: cut into 4 shards of at most 32 rows; empty where they are not.
    let shards (plan: Plan) : string =
        if plan.Shards = 1 then "" else $"cut into {plan.Shards} shards of at most {plan.Room} rows"

    /// What becomes of the gradient of a shard, in words.
    let sum (plan: Plan) : string =
        let names = plan.Partials |> List.map _.Name |> String.concat ", "
        $"sum of shards: {plan.Gradient.Name} and {names}, a tree that depends on the number of shards alone"

    /// The plan as a page of text: its memory, then each program line by line.
    let explain (plan: Plan) : string =
        let program name ops =
            let lines = ops |> List.mapi (fun index op -> $"{index + 1, 3} {OpText.explain op}")
            $"{name}:" :: lines

        let state = plan.Parameters.Length * (2 + plan.Slots.Length)
        let partials = plan.Parameters.Length * plan.Partials.Length
        let rest = plan.Length - state - partials

        let cut, sums, gradients =
            match shards plan with
            | "" -> "", "", []
            | cut ->
                let count = plan.Partials.Length

                $", {cut}",
                $" + {count} partial sums {partials}",
                program "gradient of a shard" plan.Shard @ [ sum plan ]

        [ $"{Layout.parameters plan.Layout} parameters; batches of at most {plan.Batch} rows{cut}"
          $"memory: {plan.Length} numbers = parameters, gradient and {plan.Slots.Length} slots {state}{sums} + batch {rest}" ]
        @ program "predict" plan.Predict
        @ gradients
        @ program "step" plan.Step
        |> String.concat "\n"
