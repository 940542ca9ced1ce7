/// Activations as the library computes them.
module NeuralNetwork.Tests.Maths.EvaluatedActivations

open System.Numerics
open NeuralNetwork
open NeuralNetwork.Maths

/// Values and slopes of every element, in whole registers.
type private Evaluate<'T>(x: 'T[]) =
    interface IActivationVisitor<'T, struct ('T[] * 'T[])> with
        member _.Visit formula =
            let width = Vector<'T>.Count
            let values, slopes = Array.zeroCreate<'T> x.Length, Array.zeroCreate<'T> x.Length

            for place in 0..width .. x.Length - width do
                let lane = Vector<'T>(x, place)
                let y = formula.Value lane
                y.CopyTo(values, place)
                formula.Derivative(lane, y).CopyTo(slopes, place)

            struct (values, slopes)

/// Values and slopes of an activation, for whole registers of numbers.
let evaluate<'T> (activation: Activation) (x: 'T[]) : struct ('T[] * 'T[]) =
    Activation.visit (Evaluate<'T> x) activation
