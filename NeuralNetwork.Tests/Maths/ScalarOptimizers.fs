/// Every update rule once more, for one float64 and as its paper says it: no lanes, no scalars worked out beforehand.
/// What the library's rules are compared with.
module NeuralNetwork.Tests.Maths.ScalarOptimizers

open NeuralNetwork
open NeuralNetwork.Maths

/// The next weight after step t (the first is 1) at rate α. It remembers its slots from call to call.
type Stepping = delegate of t: int * rate: float * w: float * g: float -> float

/// √v̂ with ε where a switch puts it; c is the correction that v̂ = v/c has had or, for ε-hat, has yet to have.
let private root placement epsilon v c =
    match placement with
    | EpsilonPlacement.Outside -> sqrt (v / c) + epsilon
    | EpsilonPlacement.Inside -> sqrt (v / c + epsilon)
    | EpsilonPlacement.Hat -> (sqrt v + epsilon) / sqrt c

let private buffered mu inBuffer (buffer: byref<float>) rate direction =
    if inBuffer then
        buffer <- mu * buffer + rate * direction
        buffer
    else
        buffer <- mu * buffer + direction
        rate * buffer

/// The rule of an optimizer, with slots as they are at the beginning.
let start (optimizer: Optimizer) : Stepping =
    let state = Array.zeroCreate<float> 4

    match optimizer with
    | Optimizer.SGD -> Stepping(fun _ rate w g -> w - rate * g)
    | Optimizer.Momentum { Momentum = mu; Dampening = dampening; RateInBuffer = inBuffer } ->
        Stepping(fun t rate w g ->
            let g = if t = 1 then g else (1.0 - dampening) * g
            w - buffered mu inBuffer &state[0] rate g)
    | Optimizer.NAG { Momentum = mu; RateInBuffer = false } ->
        Stepping(fun _ rate w g ->
            state[0] <- mu * state[0] + g
            w - rate * (g + mu * state[0]))
    | Optimizer.NAG { Momentum = mu; RateInBuffer = true } ->
        // Keras: v = µ·v - α·g; w += µ·v - α·g
        Stepping(fun _ rate w g ->
            state[0] <- mu * state[0] - rate * g
            w + mu * state[0] - rate * g)
    | Optimizer.Adagrad { InitialAccumulator = initial; Epsilon = epsilon; Placement = placement } ->
        state[0] <- initial

        Stepping(fun _ rate w g ->
            state[0] <- state[0] + g * g
            w - rate * g / root placement epsilon state[0] 1.0)
    | Optimizer.RMSprop { Rho = rho
                          Momentum = mu
                          Centered = centered
                          Epsilon = epsilon
                          Placement = placement
                          RateInBuffer = inBuffer } ->
        Stepping(fun _ rate w g ->
            state[0] <- rho * state[0] + (1.0 - rho) * g * g
            state[1] <- rho * state[1] + (1.0 - rho) * g
            let square = if centered then max 0.0 (state[0] - state[1] * state[1]) else state[0]
            w - buffered mu inBuffer &state[2] rate (g / root placement epsilon square 1.0))
    | Optimizer.Adadelta { Rho = rho; Epsilon = epsilon } ->
        Stepping(fun _ rate w g ->
            state[0] <- rho * state[0] + (1.0 - rho) * g * g
            let step = -sqrt(state[1] + epsilon) / sqrt (state[0] + epsilon) * g
            state[1] <- rho * state[1] + (1.0 - rho) * step * step
            w + rate * step)
    | Optimizer.Adam { Beta1 = beta1; Beta2 = beta2; Epsilon = epsilon; Placement = placement }
    | Optimizer.AdamW { Beta1 = beta1; Beta2 = beta2; Epsilon = epsilon; Placement = placement } ->
        let decay = Optimizer.weightDecay optimizer

        Stepping(fun t rate w g ->
            state[0] <- beta1 * state[0] + (1.0 - beta1) * g
            state[1] <- beta2 * state[1] + (1.0 - beta2) * g * g
            let mean = state[0] / (1.0 - pown beta1 t)
            w - rate * decay * w - rate * mean / root placement epsilon state[1] (1.0 - pown beta2 t))
    | Optimizer.AMSGrad { Beta1 = beta1
                          Beta2 = beta2
                          Epsilon = epsilon
                          Placement = placement
                          CorrectedMaximum = correctedMaximum } ->
        Stepping(fun t rate w g ->
            state[0] <- beta1 * state[0] + (1.0 - beta1) * g
            state[1] <- beta2 * state[1] + (1.0 - beta2) * g * g
            let mean, correction = state[0] / (1.0 - pown beta1 t), 1.0 - pown beta2 t
            state[2] <- max state[2] (if correctedMaximum then state[1] / correction else state[1])
            w - rate * mean / root placement epsilon state[2] (if correctedMaximum then 1.0 else correction))
    | Optimizer.Adamax { Beta1 = beta1; Beta2 = beta2; Epsilon = epsilon; EpsilonInMaximum = inMaximum } ->
        Stepping(fun t rate w g ->
            state[0] <- beta1 * state[0] + (1.0 - beta1) * g
            state[1] <- max (beta2 * state[1]) (if inMaximum then abs g + epsilon else abs g)
            let norm = if inMaximum then state[1] else state[1] + epsilon
            w - rate / (1.0 - pown beta1 t) * state[0] / norm)
    | Optimizer.Nadam { Beta1 = beta1; Beta2 = beta2; Epsilon = epsilon; Scheduled = scheduled; Psi = psi } ->
        let mu t = if scheduled then beta1 * (1.0 - 0.5 * 0.96 ** (psi * float t)) else beta1
        state[2] <- 1.0

        Stepping(fun t rate w g ->
            state[0] <- beta1 * state[0] + (1.0 - beta1) * g
            state[1] <- beta2 * state[1] + (1.0 - beta2) * g * g
            state[2] <- state[2] * mu t
            let ahead = mu (t + 1) * state[0] / (1.0 - state[2] * mu (t + 1))
            let fresh = (1.0 - mu t) * g / (1.0 - state[2])
            w - rate * (ahead + fresh) / (sqrt (state[1] / (1.0 - pown beta2 t)) + epsilon))
    | Optimizer.RAdam { Beta1 = beta1; Beta2 = beta2; Epsilon = epsilon; Placement = placement } ->
        let limit = 2.0 / (1.0 - beta2) - 1.0

        Stepping(fun t rate w g ->
            state[0] <- beta1 * state[0] + (1.0 - beta1) * g
            state[1] <- beta2 * state[1] + (1.0 - beta2) * g * g
            let mean, correction = state[0] / (1.0 - pown beta1 t), 1.0 - pown beta2 t
            let length = limit - 2.0 * float t * pown beta2 t / correction

            if length <= 5.0 then
                w - rate * mean
            else
                let above = (length - 4.0) * (length - 2.0) * limit
                let rectification = sqrt (above / ((limit - 4.0) * (limit - 2.0) * length))
                w - rate * rectification * mean / root placement epsilon state[1] correction)
    | Optimizer.Lion { Beta1 = beta1; Beta2 = beta2 } ->
        Stepping(fun _ rate w g ->
            let direction = sign (beta1 * state[0] + (1.0 - beta1) * g)
            state[0] <- beta2 * state[0] + (1.0 - beta2) * g
            w - rate * float direction)
    | Optimizer.Rprop { EtaMinus = etaMinus; EtaPlus = etaPlus; LeastStep = least; GreatestStep = greatest } ->
        Stepping(fun t rate w g ->
            if t = 1 then
                state[1] <- rate

            let turned, same = g * state[0] < 0.0, g * state[0] > 0.0

            let size =
                state[1]
                * (if same then etaPlus
                   elif turned then etaMinus
                   else 1.0)

            state[1] <- min greatest (max least size)
            state[0] <- if turned then 0.0 else g
            w - float (sign state[0]) * state[1])
