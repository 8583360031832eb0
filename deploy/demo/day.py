"""The day: what is said, by whom and when."""

from deploy.demo.cast import (
    ANA,
    BEATRIZ,
    BRUNO,
    CARLOS,
    CORRIDOR,
    FRANCISCA,
    JOAO,
    LUCIA,
    MARIA,
    ROBERTO,
    TEREZA,
    TEREZA_UNKNOWN,
)
from deploy.demo.payloads.contents import paper, picture, place, text, voice
from deploy.demo.steps import Acts, Answers, Assists, Hurries, Says, Scene

OPENS, CLOSES = 8 * 60, 18 * 60

_DOCTOR = "Dra. Helena Martins"

DAY = (
    Scene(
        begins="08:10",
        about="Maria is answered by the assistant, which books through n8n, then by Ana",
        patient=MARIA,
        steps=(
            Says(content=text("Bom dia! Gostaria de marcar uma consulta com a Dra. Helena.")),
            Assists(
                words="Bom dia, Maria! Sou a assistente virtual da clínica. A Dra. Helena tem quinta às 9h30 "
                "ou sexta às 14h. Qual fica melhor?"
            ),
            Says(content=text("Quinta às 9h30, por favor")),
            Acts(
                action_type="appointment_created",
                details={"professional": _DOCTOR, "weekday": "quinta-feira", "time": "09:30", "status": "scheduled"},
            ),
            Assists(words="Pronto! Sua consulta ficou para quinta-feira, às 9h30, com a Dra. Helena."),
            Says(content=text("Preciso levar os exames antigos?")),
            Answers(by=ANA, words="Oi, Maria, aqui é a Ana. Pode trazer sim, ajuda bastante a doutora. 😊"),
            Says(content=text("Combinado, obrigada!"), quoting=True),
            Acts(
                action_type="appointment_status_changed",
                details={"professional": _DOCTOR, "from": "scheduled", "to": "confirmed"},
            ),
        ),
    ),
    Scene(
        begins="08:40",
        about="João comes through Evolution 2.3.6, which names him by LID and gives his number beside it",
        patient=JOAO,
        steps=(
            Says(content=text("Oi, bom dia. O resultado do meu exame de sangue já saiu?")),
            Answers(by=ANA, words="Bom dia, João! Saiu hoje cedo: o laudo está no portal do paciente."),
            Says(content=text("Não consegui entrar, esqueci a senha 😕"), quoting=True),
            Answers(by=ANA, words="Sem problema, acabei de mandar uma senha nova para o seu e-mail.", insists=True),
            Says(content=text("Agora deu certo. Muito obrigado, Ana!")),
        ),
    ),
    Scene(
        begins="09:30",
        about="Francisca's WhatsApp id lacks the ninth digit of her number",
        patient=FRANCISCA,
        steps=(
            Hurries(
                contents=(
                    text("Bom dia"),
                    text("É sobre a consulta da semana que vem"),
                    text("Vocês aceitam Pix ou só cartão?"),
                ),
                arrivals=(2, 0, 1),
            ),
            Answers(by=BRUNO, words="Bom dia, Dona Francisca! Aceitamos Pix, débito e crédito em até 3 vezes."),
            Says(content=voice(14)),
            Answers(by=BRUNO, words="Ouvi seu áudio: pode pagar no dia mesmo, na recepção."),
        ),
    ),
    Scene(
        begins="10:20",
        about="Carlos comes through Evolution 2.4, with a photograph and a PDF",
        patient=CARLOS,
        steps=(
            Says(content=picture("Segue a receita que o Dr. Paulo passou")),
            Answers(by=ANA, words="Recebi, Carlos. Você tem o pedido do exame em PDF?"),
            Says(content=paper("pedido-hemograma.pdf", pages=1)),
            Answers(by=ANA, words="Perfeito! Ficou para amanhã às 7h, em jejum de 8 horas."),
        ),
    ),
    Scene(
        begins="11:15",
        about="somebody answers an advertisement: WhatsApp gives a LID, no number and no name",
        patient=TEREZA_UNKNOWN,
        steps=(
            Says(content=text("Olá, vi o anúncio de vocês. Fazem ultrassom?")),
            Answers(by=BRUNO, words="Olá! Fazemos sim, de segunda a sábado. Com quem eu falo?"),
            Says(content=text("Sou a Tereza Gomes. Quero marcar para a semana que vem"), by=TEREZA),
        ),
    ),
    Scene(
        begins="12:10",
        about="Roberto writes to another clinic, through Evolution 1.8: Ana must not see it",
        patient=ROBERTO,
        instance="outra-wa",
        clinic="outra",
        steps=(
            Says(content=text("Boa tarde, vocês atendem pelo convênio Vida Plena?")),
            Says(content=text("E tem estacionamento?")),
        ),
    ),
    Scene(
        begins="12:40",
        about="Beatriz comes from an older system, whose conversation ids exceed 64 bits",
        patient=BEATRIZ,
        numbered=True,
        steps=(
            Assists(words="Preciso remarcar minha consulta de sexta", sender_type="patient"),
            Assists(words="Claro, Beatriz! Posso passar para segunda-feira às 10h?"),
            Assists(words="Pode ser. Quem vai me atender?", sender_type="patient"),
            Acts(
                action_type="appointment_status_changed",
                details={"professional": _DOCTOR, "from": "scheduled", "to": "rescheduled", "time": "10:00"},
            ),
            Answers(by=BRUNO, words="Oi, Beatriz, é o Bruno. Segunda às 10h é com a própria Dra. Helena."),
        ),
    ),
    Scene(
        begins="13:50",
        about="Lúcia sends a place",
        patient=LUCIA,
        steps=(
            Says(content=text("Boa tarde! Desci no metrô e me perdi. Como chego na clínica?")),
            Says(content=place(-23.5562, -46.6387)),
            Answers(by=BRUNO, words="Você está a duas quadras: Rua das Acácias, 120, ao lado da farmácia."),
            Says(content=text("Achei! 🙏"), quoting=True),
        ),
    ),
    Scene(
        begins="15:10",
        about="a WhatsApp group: one conversation, several voices",
        patient=LUCIA,
        steps=(
            Says(content=text("Pessoal, o elevador do bloco B voltou a funcionar"), group=CORRIDOR),
            Says(content=text("Que bom, obrigado por avisar"), by=CARLOS, group=CORRIDOR),
        ),
    ),
)
