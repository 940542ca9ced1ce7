/// Trajectories of one weight, computed with 60-digit decimals from each framework's formulas and rounded to 15 places.
module NeuralNetwork.Tests.Maths.GoldenTrajectories

open NeuralNetwork
open NeuralNetwork.Maths

/// A weight that begins at 1, the gradients it is given, and its values after each step.
type Golden =
    {
        /// What tells it from others of its optimizer.
        Title: string
        Optimizer: Optimizer
        Rate: int -> float
        /// λ of a penalty ½·λ·w² whose gradient is added.
        Penalty: float
        Gradients: float list
        Weights: float list
    }

    override golden.ToString() = $"{Optimizer.name golden.Optimizer}: {golden.Title}"

let private outside, private inside, private hat =
    EpsilonPlacement.Outside, EpsilonPlacement.Inside, EpsilonPlacement.Hat

let private mixed = [ 0.1; -0.2; 0.3; 0.05; -0.1 ]
let private fading = [ 1.0; 0.01; 0.02; -0.01; 0.03 ]

let private row title optimizer weights =
    { Title = title
      Optimizer = optimizer
      Rate = fun _ -> 0.01
      Penalty = 0.0
      Gradients = mixed
      Weights = weights }

let private at (rate: int -> float) (golden: Golden) = { golden with Rate = rate }
let private dropped = at (fun step -> if step < 4 then 0.01 else 0.001)
let private faded (golden: Golden) = { golden with Gradients = fading }

/// Common hyper-parameters at the rate 0.01.
let common: Golden list =
    [ row
          "every framework"
          Optimizer.SGD
          [ 0.999000000000000; 1.001000000000000; 0.998000000000000; 0.997500000000000; 0.998500000000000 ]
      row
          "0.9 (every framework)"
          (Optimizer.Momentum { Momentum = 0.9; Dampening = 0.0; RateInBuffer = false })
          [ 0.999000000000000; 1.000100000000000; 0.998090000000000; 0.995781000000000; 0.994702900000000 ]
      row
          "0.9, dampening 0.1 (PyTorch)"
          (Optimizer.Momentum { Momentum = 0.9; Dampening = 0.1; RateInBuffer = false })
          [ 0.999000000000000; 0.999900000000000; 0.998010000000000; 0.995859000000000; 0.994823100000000 ]
      row
          "0.9 (every framework)"
          (Optimizer.NAG { Momentum = 0.9; RateInBuffer = false })
          [ 0.998100000000000; 1.001090000000000; 0.996281000000000; 0.993702900000000; 0.993732610000000 ]
      row
          "0.9, rate a tenth from step 4, outside the buffer (PyTorch, optax)"
          (Optimizer.Momentum { Momentum = 0.9; Dampening = 0.0; RateInBuffer = false })
          [ 0.999000000000000; 1.000100000000000; 0.998090000000000; 0.997859100000000; 0.997751290000000 ]
      |> dropped
      row
          "0.9, rate a tenth from step 4, inside the buffer (Keras)"
          (Optimizer.Momentum { Momentum = 0.9; Dampening = 0.0; RateInBuffer = true })
          [ 0.999000000000000; 1.000100000000000; 0.998090000000000; 0.996231000000000; 0.994657900000000 ]
      |> dropped
      row
          "0.9, rate a tenth from step 4, outside the buffer"
          (Optimizer.NAG { Momentum = 0.9; RateInBuffer = false })
          [ 0.998100000000000; 1.001090000000000; 0.996281000000000; 0.996023190000000; 0.996026161000000 ]
      |> dropped
      row
          "0.9, rate a tenth from step 4, inside the buffer"
          (Optimizer.NAG { Momentum = 0.9; RateInBuffer = true })
          [ 0.998100000000000; 1.001090000000000; 0.996281000000000; 0.994557900000000; 0.993242110000000 ]
      |> dropped
      row
          "from 0, ε outside (PyTorch, Keras 2)"
          (Optimizer.Adagrad { InitialAccumulator = 0.0; Epsilon = 1e-8; Placement = outside })
          [ 0.990000001000000; 0.998944272509999; 0.990926435466912; 0.989601903144935; 0.992162640678019 ]
      row
          "from 0, ε inside"
          (Optimizer.Adagrad { InitialAccumulator = 0.0; Epsilon = 1e-8; Placement = inside })
          [ 0.990000004999996; 0.998944276015568; 0.990926439044547; 0.989601906733957; 0.992162644248656 ]
      row
          "from 0.1, ε 1e-7 inside (Keras 3, optax)"
          (Optimizer.Adagrad { InitialAccumulator = 0.1; Epsilon = 1e-7; Placement = inside })
          [ 0.996984887924728; 1.002148863998346; 0.996025140917163; 0.995009794961379; 0.996999868947725 ]
      row
          "ε outside (PyTorch, Flux, Keras 2)"
          (Optimizer.RMSprop
              { Rho = 0.9
                Momentum = 0.0
                Centered = false
                Epsilon = 1e-8
                Placement = outside
                RateInBuffer = false })
          [ 0.968377233398313; 0.996948657888110; 0.971042272117704; 0.966537402378871; 0.975633160501145 ]
      row
          "ε inside (Keras 3, optax)"
          (Optimizer.RMSprop
              { Rho = 0.9
                Momentum = 0.0
                Centered = false
                Epsilon = 1e-8
                Placement = inside
                RateInBuffer = false })
          [ 0.968377381511013; 0.996948780927968; 0.971042402579774; 0.966537534263487; 0.975633289450502 ]
      row
          "centered, ε outside (PyTorch)"
          (Optimizer.RMSprop
              { Rho = 0.9
                Momentum = 0.0
                Centered = true
                Epsilon = 1e-8
                Placement = outside
                RateInBuffer = false })
          [ 0.966666677777774; 0.995597542699648; 0.969291864153279; 0.964686229601254; 0.973826038227026 ]
      row
          "with momentum, ε and rate outside (PyTorch)"
          (Optimizer.RMSprop
              { Rho = 0.9
                Momentum = 0.9
                Centered = false
                Epsilon = 1e-8
                Placement = outside
                RateInBuffer = false })
          [ 0.968377233398313; 0.968488167946591; 0.942681623269636; 0.914950863321543; 0.899088937490534 ]
      row
          "with momentum, ε and rate inside (Keras 3)"
          (Optimizer.RMSprop
              { Rho = 0.9
                Momentum = 0.9
                Centered = false
                Epsilon = 1e-8
                Placement = inside
                RateInBuffer = true })
          [ 0.968377381511013; 0.968488424287880; 0.942681984438866; 0.914951320258466; 0.899089477683122 ]
      row
          "every framework"
          (Optimizer.Adadelta { Rho = 0.95; Epsilon = 1e-6 })
          [ 0.999955323294839; 1.000012136965746; 0.999943737669002; 0.999928988568929; 0.999957789999844 ]
      row
          "algorithm 1 (PyTorch, optax, Flux)"
          (Optimizer.Adam { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Placement = outside })
          [ 0.990000001000000; 0.993661036038849; 0.990228625394774; 0.986671547096806; 0.985163905365168 ]
      row
          "ε-hat (Keras, scikit-learn)"
          (Optimizer.Adam { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Placement = hat })
          [ 0.990000031622677; 0.993661061715039; 0.990228653813656; 0.986671578309120; 0.985163937713368 ]
      row
          "ε under the root"
          (Optimizer.Adam { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Placement = inside })
          [ 0.990000004999996; 0.993661039538368; 0.990228629102997; 0.986671551115770; 0.985163909545009 ]
      row
          "v never falls"
          (Optimizer.AMSGrad
              { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Placement = outside; CorrectedMaximum = false })
          [ 0.990000001000000; 0.993661036038849; 0.990228625394774; 0.986671547096806; 0.985163905365168 ]
      row
          "λ = 0.01"
          (Optimizer.AdamW { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Placement = outside; WeightDecay = 0.01 })
          [ 0.989900001000000; 0.993462046038749; 0.989930289190070; 0.986274217863183; 0.984667948709758 ]
      { row
            "λ = 0.01 in the gradient (PyTorch's weight_decay)"
            (Optimizer.Adam { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Placement = outside })
            [ 0.990000000909091; 0.993086960392920; 0.989252879570679; 0.985244905788968; 0.983193268103707 ] with
          Penalty = 0.01 }
      row
          "ε in the maximum (PyTorch, optax)"
          (Optimizer.Adamax { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; EpsilonInMaximum = true })
          [ 0.990000001000000; 0.992894737697368; 0.990422413056532; 0.988182119139436; 0.987302808579166 ]
      row
          "ε after the maximum (Keras, Flux)"
          (Optimizer.Adamax { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; EpsilonInMaximum = false })
          [ 0.990000001000000; 0.992894737697368; 0.990422413056532; 0.988182119139511; 0.987302808579299 ]
      row
          "ψ = 0.004 (PyTorch)"
          (Optimizer.Nadam { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Scheduled = true; Psi = 0.004 })
          [ 0.989435483272898; 0.998501057626425; 0.989665390979814; 0.987585575814143; 0.990512036883703 ]
      row
          "ψ = 0.004, ε 1e-7 (Keras 2)"
          (Optimizer.Nadam { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-7; Scheduled = true; Psi = 0.004 })
          [ 0.989435492780953; 0.998501061975043; 0.989665399008485; 0.987585584834487; 0.990512044395745 ]
      row
          "ψ = 1 (Keras 3)"
          (Optimizer.Nadam { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Scheduled = true; Psi = 1.0 })
          [ 0.989372123029700; 0.998188779865683; 0.989871550304582; 0.987840811723554; 0.990257448227938 ]
      row
          "without a schedule (optax)"
          (Optimizer.Nadam { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Scheduled = false; Psi = 0.0 })
          [ 0.985263159368421; 0.994229686311942; 0.986672358639122; 0.983213634703416; 0.983426179072918 ]
      row
          "without a schedule, v̂ times β₂ (Flux), ε and rate over √β₂"
          (Optimizer.Nadam { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8 / sqrt 0.999; Scheduled = false; Psi = 0.0 })
          [ 0.985255785417918; 0.994226798989880; 0.986665689817037; 0.983205235221351; 0.983417885942802 ]
      |> at (fun _ -> 0.01 / sqrt 0.999)
      row
          "a bias-corrected mean of gradients, by the rate 0.1·α/(1 - 0.9ᵗ)"
          (Optimizer.Momentum { Momentum = 0.9; Dampening = 0.0; RateInBuffer = false })
          [ 0.999000000000000; 0.999578947368421; 0.998837249951447; 0.998165833842113; 0.997902567987799 ]
      |> at (fun step -> 0.01 * 0.1 / (1.0 - 0.9 ** float step)) ]

let private ofFramework convention name weights =
    match Optimizer.ofConvention convention name with
    | Ok optimizer ->
        row $"the defaults of {Convention.name convention}" optimizer weights
        |> at (fun _ -> Optimizer.learningRate convention optimizer)
    | Error message -> invalidArg (nameof name) message

/// Each framework's own defaults.
let defaults: Golden list =
    [ ofFramework
          Convention.Torch
          "adagrad"
          [ 0.990000000010000; 0.998944271915999; 0.990926434660769; 0.989601902304055; 0.992162639902057 ]
      ofFramework
          Convention.Torch
          "rmsprop"
          [ 0.900000099999900; 0.989532356126927; 0.909181928247254; 0.895843000400715; 0.921740525903257 ]
      ofFramework
          Convention.Torch
          "adadelta"
          [ 0.996839302293795; 1.000878491061462; 0.996010886723070; 0.994940428355815; 0.997033710490459 ]
      ofFramework
          Convention.Torch
          "adam"
          [ 0.999000000100000; 0.999366103603885; 0.999022862539477; 0.998667154709681; 0.998516390536517 ]
      ofFramework
          Convention.Torch
          "adamax"
          [ 0.998000000200000; 0.998578947539474; 0.998084482611306; 0.997636423827887; 0.997460561715833 ]
      ofFramework
          Convention.Torch
          "nadam"
          [ 0.997887096654580; 0.999700211525285; 0.997933078195963; 0.997517115162829; 0.998102407376741 ]
      ofFramework
          Convention.Keras3
          "adagrad"
          [ 0.999698488792473; 1.000214886399835; 0.999602514091716; 0.999500979496138; 0.999699986894773 ]
      ofFramework
          Convention.Keras3
          "rmsprop"
          [ 0.996837880441857; 0.999694994144927; 0.997104365003473; 0.996653879817415; 0.997563451949809 ]
      ofFramework
          Convention.Keras3
          "adadelta"
          [ 0.999998585927838; 1.000000383667942; 0.999998219413562; 0.999997752719033; 0.999998664055997 ]
      ofFramework
          Convention.Keras3
          "adam"
          [ 0.999000031621777; 0.999366129970882; 0.999022891792104; 0.998667186925322; 0.998516423965740 ]
      ofFramework
          Convention.Keras3
          "adamax"
          [ 0.999000000999999; 0.999289474539473; 0.999042242149559; 0.998818212825133; 0.998730281795544 ]
      ofFramework
          Convention.Keras3
          "nadam"
          [ 0.998937213259478; 0.999818878441299; 0.998987155831601; 0.998784082070326; 0.999025745596210 ] ]

/// Gradients that tell the variants of AMSGrad and Adamax apart.
let apart: Golden list =
    [ row
          "fading gradients, algorithm 1"
          (Optimizer.Adam { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Placement = outside })
          [ 0.990000000100000; 0.983225305802645; 0.977861637951456; 0.973526450467858; 0.969700030587557 ]
      |> faded
      row
          "fading gradients, maximum of v (PyTorch, optax)"
          (Optimizer.AMSGrad
              { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Placement = outside; CorrectedMaximum = false })
          [ 0.990000000100000; 0.983228355101282; 0.977868709095114; 0.973538721754956; 0.969717078703954 ]
      |> faded
      row
          "fading gradients, maximum of v, ε-hat (Keras)"
          (Optimizer.AMSGrad { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Placement = hat; CorrectedMaximum = false })
          [ 0.990000003162277; 0.983228360209199; 0.977868715805113; 0.973538729747683; 0.969717087819820 ]
      |> faded
      row
          "fading gradients, maximum of v̂"
          (Optimizer.AMSGrad
              { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Placement = outside; CorrectedMaximum = true })
          [ 0.990000000100000; 0.985210526463684; 0.982114585535234; 0.979947967353934; 0.978237166657995 ]
      |> faded
      row
          "fading gradients, ε in the maximum (PyTorch)"
          (Optimizer.Adamax { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; EpsilonInMaximum = true })
          [ 0.990000000100000; 0.985205732195780; 0.982103590085251; 0.979930459027999; 0.978212797986993 ]
      |> faded
      row
          "fading gradients, ε after the maximum (Keras, Flux)"
          (Optimizer.Adamax { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; EpsilonInMaximum = false })
          [ 0.990000000100000; 0.985205732195828; 0.982103590085361; 0.979930459028175; 0.978212797987238 ]
      |> faded ]

let all: Golden list = common @ defaults @ apart
