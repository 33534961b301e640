#!/usr/bin/env python3
"""Makes the bundled sample stream: drawn pictures, sentences of the project's own, and synthetic speech.

Needs espeak-ng, ImageMagick (convert), sox and ffmpeg; run by a maintainer, its output is committed.
Usage: make.py OUT_DIR
"""
import os, random, subprocess, sys, tempfile

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
random.seed(7)

def sky(top, bottom):
    # Bands, because ImageMagick's own SVG renderer draws no gradients.
    mix = lambda k: '#' + ''.join(f'{round(int(top[j:j+2], 16) * (1 - k) + int(bottom[j:j+2], 16) * k):02x}' for j in (1, 3, 5))
    return ''.join(f'<rect y="{y}" width="480" height="13" fill="{mix(y / 360)}"/>' for y in range(0, 360, 12))
def ground(c, y=250): return f'<rect y="{y}" width="480" height="{360-y}" fill="{c}"/>'
def sun(x=380, y=70, r=40, c='#ffd83d'):
    rays = ''.join(f'<line x1="{x}" y1="{y}" x2="{x+70*dx}" y2="{y+70*dy}" stroke="{c}" stroke-width="6"/>'
                   for dx, dy in [(1,0),(0,1),(-1,0),(0,-1),(.7,.7),(-.7,.7),(.7,-.7),(-.7,-.7)])
    return rays + f'<circle cx="{x}" cy="{y}" r="{r}" fill="{c}"/>'
def tree(x, y=250, h=110, leaf='#2e8b3d'):
    return (f'<rect x="{x-8}" y="{y-h/2}" width="16" height="{h/2+10}" fill="#7a5230"/><circle cx="{x}" cy="{y-h/2-20}" r="{h/2.4}" fill="{leaf}"/>'
            f'<circle cx="{x-22}" cy="{y-h/2}" r="{h/3.4}" fill="{leaf}"/><circle cx="{x+22}" cy="{y-h/2}" r="{h/3.4}" fill="{leaf}"/>')
def house(x, y=250, wall='#e8c39e', roof='#b0413e'):
    return (f'<rect x="{x}" y="{y-90}" width="120" height="90" fill="{wall}"/><polygon points="{x-12},{y-90} {x+60},{y-150} {x+132},{y-90}" fill="{roof}"/>'
            f'<rect x="{x+48}" y="{y-48}" width="26" height="48" fill="#5b3a1e"/><rect x="{x+14}" y="{y-70}" width="24" height="24" fill="#bfe3f7"/>')
def cloud(x, y, c='#ffffff', s=1): return ''.join(f'<ellipse cx="{x+dx*s}" cy="{y+dy*s}" rx="{rx*s}" ry="{ry*s}" fill="{c}"/>' for dx,dy,rx,ry in [(0,0,50,26),(-36,8,34,20),(38,8,36,20),(8,-16,32,22)])
def rain(c='#8fb3d9'): return ''.join(f'<line x1="{x}" y1="{y}" x2="{x-8}" y2="{y+22}" stroke="{c}" stroke-width="3"/>' for x in range(20,480,37) for y in range(110,330,55))
def bolt(x, y): return f'<polygon points="{x},{y} {x+30},{y} {x+12},{y+50} {x+40},{y+50} {x-16},{y+130} {x+2},{y+70} {x-22},{y+70}" fill="#ffe14d"/>'
def sea(c='#2d7fc1', y=230): return ground(c, y) + ''.join(f'<path d="M{x} {y2} q 15 -10 30 0 q 15 10 30 0" stroke="#d9efff" stroke-width="3" fill="none"/>' for x in range(0,480,90) for y2 in (y+30,y+70,y+105))
def boat(x, y): return f'<polygon points="{x},{y} {x+120},{y} {x+95},{y+36} {x+25},{y+36}" fill="#8c3b2e"/><rect x="{x+57}" y="{y-95}" width="6" height="95" fill="#5b3a1e"/><polygon points="{x+66},{y-92} {x+66},{y-12} {x+118},{y-12}" fill="#fff6e0"/>'
def dog(x, y, c='#a8703a'):
    return (f'<ellipse cx="{x}" cy="{y}" rx="58" ry="30" fill="{c}"/><circle cx="{x+62}" cy="{y-28}" r="25" fill="{c}"/><ellipse cx="{x+46}" cy="{y-36}" rx="9" ry="20" fill="#6f4720"/>'
            f'<circle cx="{x+70}" cy="{y-34}" r="4" fill="#111"/><circle cx="{x+86}" cy="{y-24}" r="5" fill="#111"/>' + ''.join(f'<rect x="{x+d}" y="{y+18}" width="11" height="36" fill="{c}"/>' for d in (-44,-22,20,40)) + f'<path d="M{x-56} {y-6} q -26 -18 -22 -42" stroke="{c}" stroke-width="9" fill="none"/>')
def cat(x, y, c='#666'): return f'<ellipse cx="{x}" cy="{y}" rx="44" ry="52" fill="{c}"/><circle cx="{x}" cy="{y-66}" r="32" fill="{c}"/><polygon points="{x-30},{y-82} {x-22},{y-118} {x-6},{y-92}" fill="{c}"/><polygon points="{x+30},{y-82} {x+22},{y-118} {x+6},{y-92}" fill="{c}"/><circle cx="{x-11}" cy="{y-70}" r="5" fill="#9be35b"/><circle cx="{x+11}" cy="{y-70}" r="5" fill="#9be35b"/>'
def ball(x, y, r=28, c='#e23d3d'): return f'<circle cx="{x}" cy="{y}" r="{r}" fill="{c}"/><path d="M{x-r} {y} q {r} {-r} {2*r} 0" stroke="#fff" stroke-width="5" fill="none"/>'
def person(x, y, shirt='#3d6fd6', mouth='smile'):
    m = f'<path d="M{x-12} {y-92} q 12 14 24 0" stroke="#333" stroke-width="3" fill="none"/>' if mouth == 'smile' else f'<path d="M{x-12} {y-84} q 12 -14 24 0" stroke="#333" stroke-width="3" fill="none"/>'
    return (f'<circle cx="{x}" cy="{y-100}" r="28" fill="#f0c8a0"/><circle cx="{x-9}" cy="{y-106}" r="3" fill="#333"/><circle cx="{x+9}" cy="{y-106}" r="3" fill="#333"/>{m}'
            f'<rect x="{x-26}" y="{y-72}" width="52" height="70" rx="12" fill="{shirt}"/><rect x="{x-22}" y="{y-4}" width="17" height="56" fill="#333a55"/><rect x="{x+5}" y="{y-4}" width="17" height="56" fill="#333a55"/>')
def cake(x, y): return f'<rect x="{x}" y="{y}" width="150" height="70" rx="8" fill="#f7b6c8"/><rect x="{x}" y="{y}" width="150" height="22" rx="8" fill="#fff"/>' + ''.join(f'<rect x="{x+d}" y="{y-34}" width="6" height="34" fill="#6ab7ff"/><ellipse cx="{x+d+3}" cy="{y-42}" rx="5" ry="9" fill="#ffb02e"/>' for d in (25,55,85,115))
def car(x, y, c='#d03a3a'): return f'<rect x="{x}" y="{y}" width="190" height="46" rx="12" fill="{c}"/><path d="M{x+34} {y} l 28 -38 h 70 l 28 38 z" fill="{c}"/><rect x="{x+68}" y="{y-30}" width="58" height="26" fill="#cfeaff"/><circle cx="{x+44}" cy="{y+48}" r="20" fill="#222"/><circle cx="{x+148}" cy="{y+48}" r="20" fill="#222"/>'
def flower(x, y, c='#ff5fa2'): return f'<rect x="{x-3}" y="{y}" width="6" height="60" fill="#2e8b3d"/>' + ''.join(f'<circle cx="{x+dx}" cy="{y+dy}" r="13" fill="{c}"/>' for dx,dy in [(16,0),(-16,0),(0,16),(0,-16),(11,11),(-11,-11),(11,-11),(-11,11)]) + f'<circle cx="{x}" cy="{y}" r="11" fill="#ffd83d"/>'
def snow(): return ''.join(f'<circle cx="{random.randint(0,480)}" cy="{random.randint(0,340)}" r="{random.randint(2,6)}" fill="#fff"/>' for _ in range(70))
def fire(x, y): return f'<path d="M{x} {y} q -50 -50 0 -110 q 50 60 0 110" fill="#ff7b1c"/><path d="M{x} {y} q -24 -24 0 -60 q 24 34 0 60" fill="#ffd83d"/>'
def mountain(c='#7d8aa3'): return f'<polygon points="40,260 170,80 300,260" fill="{c}"/><polygon points="210,260 340,110 470,260" fill="#68748c"/><polygon points="170,80 140,122 200,122" fill="#fff"/>'

S = [  # name, picture, text, spoken
 ("beach", sky('#5bb8ff','#d8f1ff')+sea()+ground('#f2d8a0',310)+sun(), "What a wonderful morning at the beach, the sea is so calm and beautiful!", "What a wonderful morning at the beach"),
 ("dog-ball", sky('#8fd0ff','#e6f6ff')+ground('#7ec850')+dog(200,250)+ball(350,280), "A brown dog chases a red ball across the grass.", "a brown dog chases a red ball across the grass"),
 ("storm", sky('#2b3346','#5a6478')+ground('#37452f')+cloud(140,80,'#3f485a',1.4)+cloud(330,70,'#394154',1.5)+bolt(240,100)+rain(), "The storm ruined everything, our roof is gone and I am devastated.", "The storm ruined everything"),
 ("birthday", sky('#fff2d6','#ffe0ea')+cake(165,200)+person(80,270)+person(400,270,'#e0658f'), "Best birthday party ever, I love my friends and this delicious cake!", "best birthday party ever, I love my friends"),
 ("snow-cabin", sky('#9db7d6','#e9f0f8')+ground('#ffffff')+house(180)+tree(80,250,120,'#2f6b4a')+snow(), "A small cabin stands in the snow beside a tree.", "a small cabin stands in the snow"),
 ("crash", sky('#a6adb5','#d4d8dc')+ground('#5c5f63')+car(120,230,'#777f8a')+fire(320,250)+person(60,280,'#555','sad'), "Terrible accident on the road today, the car is destroyed and we are scared.", "terrible accident on the road today"),
 ("boat", sky('#ffd9a0','#fff1d8')+sea('#3a78a8',210)+boat(180,230)+sun(90,110,36,'#ff9b3d'), "A boat with a white sail crosses the sea at sunset.", "a boat with a white sail crosses the sea"),
 ("garden", sky('#a9e0ff','#eefaff')+ground('#69b34c')+''.join(flower(60+k*70,230,c) for k,c in enumerate(['#ff5fa2','#ff9b3d','#b05fff','#ff5f5f','#5f8bff','#ff5fa2'])), "My garden is full of lovely flowers, this makes me so happy.", "my garden is full of lovely flowers"),
 ("rain-bus", sky('#6b7685','#a3adb8')+ground('#4e5358')+rain()+person(240,280,'#6c6c7a','sad')+cloud(150,70,'#4f5a69'), "Waited an hour in the rain and the bus never came, worst service ever.", "waited an hour in the rain and the bus never came"),
 ("mountain", sky('#7fc1f5','#e3f3ff')+mountain()+ground('#5f9e4a',255)+tree(60,320,100), "Two grey mountains rise behind a green meadow.", "two grey mountains rise behind a green meadow"),
 ("cat-sleep", sky('#f4e6d2','#e7d3b8')+ground('#a9744a',280)+cat(240,250), "The cat sits on the wooden floor and looks at the camera.", "the cat sits on the wooden floor"),
 ("new-car", sky('#8ed0ff','#f0faff')+ground('#8b8f95')+car(140,240,'#1f7ae0')+sun()+person(80,270), "Just got my new car and it is amazing, thank you all!", "just got my new car and it is amazing"),
 ("fire-house", sky('#3b2f38','#7c4b3a')+ground('#3c3a35')+house(160,270,'#8a7565','#4d2b28')+fire(200,190)+fire(260,180), "The fire took our home, we lost everything, this is horrible.", "the fire took our home, we lost everything"),
 ("ball-game", sky('#86caff','#e9f7ff')+ground('#5fae45')+person(120,250,'#d03a3a')+person(360,250,'#2f58c7')+ball(240,290,22,'#ffffff'), "Two children in red and blue shirts play with a ball on a field.", "two children play with a ball on a field"),
 ("picnic", sky('#8ed3ff','#eefaff')+ground('#78c257')+tree(380)+person(120,270,'#e0a13d')+person(210,270,'#d05f8f')+sun(60,60), "Lovely picnic under the tree, great food and good company.", "lovely picnic under the tree"),
 ("hospital", sky('#c8ccd1','#e4e6e8')+ground('#9da3a8')+person(240,280,'#8f9aa8','sad')+'<rect x="330" y="120" width="90" height="90" fill="#fff"/><rect x="367" y="132" width="16" height="66" fill="#d03a3a"/><rect x="342" y="157" width="66" height="16" fill="#d03a3a"/>', "Sad news from the hospital, I feel sick and lonely tonight.", "sad news from the hospital"),
 ("street", sky('#bcd7ee','#eef5fb')+ground('#7d8084')+house(40)+house(190,250,'#cfd8e3','#5a6b87')+house(340,250,'#e6d39b','#8a5a2b'), "Three houses stand in a row along the street.", "three houses stand in a row along the street"),
 ("sunset-love", sky('#ff9a76','#ffd9a8')+ground('#6b4a63')+sun(240,200,50,'#ff6b3d')+person(190,300)+person(290,300,'#d6456b'), "Perfect evening with the love of my life, I could not be happier.", "perfect evening with the love of my life"),
 ("night", sky('#0c1433','#27315c')+ground('#1b2420')+'<circle cx="370" cy="80" r="36" fill="#f3f0d8"/>'+tree(120,250,120,'#173a24'), "The moon shines over a dark tree at night.", "the moon shines over a dark tree"),
 ("broken", sky('#d7c9c0','#b9aaa2')+ground('#6f655f')+'<rect x="150" y="120" width="180" height="120" rx="8" fill="#222"/><path d="M160 130 L 240 190 L 210 200 L 320 235" stroke="#ddd" stroke-width="5" fill="none"/>', "My phone is broken again, awful quality, I hate this company.", "my phone is broken again, I hate this"),
 ("boat-dog", sky('#9fd6ff','#eafaff')+sea('#2f86b8',230)+boat(160,240)+dog(230,215), "A dog stands on a small boat at sea.", "a dog stands on a small boat"),
 ("win", sky('#ffe9a8','#fff7dc')+ground('#c9a34a')+person(240,280,'#e0b020')+'<path d="M330 120 h 70 v 30 q 0 40 -35 40 q -35 0 -35 -40 z" fill="#ffc400"/><rect x="357" y="190" width="16" height="30" fill="#ffc400"/><rect x="340" y="220" width="50" height="12" fill="#b07a00"/>', "We won the championship, so proud of this fantastic team!", "we won the championship, so proud of this team"),
 ("traffic", sky('#b9bec4','#d9dcdf')+ground('#54575b')+car(20,220,'#9a4f3a')+car(250,220,'#4f6a9a')+car(140,290,'#7a7a3a'), "Three cars wait in a traffic jam on a grey road.", "three cars wait in a traffic jam"),
 ("puppy", sky('#ffe7c9','#fff4e3')+ground('#cfa06a')+dog(220,250,'#d9a860')+flower(400,220), "This puppy is the cutest thing, it made my whole day!", "this puppy is the cutest thing"),
]
VOICES = ["en-us+f3", "en-gb+m3", "en-us+m1", "en-gb+f2"]
PICTURE = ["jpg", "png", "webp", "gif"]
SOUND = [("wav", ["-r", "22050", "-c", "1"]), ("flac", ["-r", "44100", "-c", "2"]), ("mp3", ["-r", "24000"]), ("ogg", ["-r", "32000", "-c", "2"])]
TYPE = dict(jpg="image/jpeg", png="image/png", webp="image/webp", gif="image/gif", wav="audio/wav", flac="audio/flac", mp3="audio/mpeg", ogg="audio/ogg")
rows = []  # send_ms, at_ms, modality, subject, event_id, content_type, file, text

with tempfile.TemporaryDirectory() as tmp:
    for i, (name, body, text, spoken) in enumerate(S):
        svg = f'{tmp}/{name}.svg'
        open(svg, 'w').write(f'<svg xmlns="http://www.w3.org/2000/svg" width="480" height="360">{body}</svg>')
        ext = PICTURE[i % 4]
        picture = f'{name}.{ext}'
        subprocess.check_call(['/usr/bin/convert', svg, '-strip', '-resize', '360x270'] + (['-quality', '82'] if ext in ('jpg', 'webp') else ['-colors', '64']) + [f'{out}/{picture}'])
        wav = f'{tmp}/{name}.wav'
        pitch, speed = (60, 165) if '!' in text else (42, 150)
        subprocess.check_call(['espeak-ng', '-v', VOICES[i % 4], '-p', str(pitch), '-s', str(speed), '-w', wav, spoken])
        kind, how = SOUND[i % 4]
        sound = f'{name}.{kind}'
        if kind in ('mp3', 'ogg'):
            codec = ['-codec:a', 'libmp3lame' if kind == 'mp3' else 'libvorbis', '-q:a', '6' if kind == 'mp3' else '1']
            rate = how[1]
            subprocess.check_call(['ffmpeg', '-v', 'error', '-y', '-i', wav, '-ar', rate, '-ac', '2' if kind == 'ogg' else '1', *codec, f'{out}/{sound}'])
        else:
            subprocess.check_call(['sox', wav] + how + ['-b', '16', f'{out}/{sound}'])
        base = 600 + i * 1500
        at = lambda spread: base + random.randint(0, spread)
        silent = 9 <= i <= 14   # the audio topic falls silent for a while, longer than its idle timeout
        rows.append([None, at(700), 'image', name, f'{name}-image', TYPE[ext], picture, ''])
        rows.append([None, at(900), 'text', name, f'{name}-text', 'text/plain', '', text])
        if not silent:
            rows.append([None, at(1200), 'audio', name, f'{name}-audio', TYPE[kind], sound, ''])
        if i % 6 == 2:  # some subjects speak twice, and one event is sent twice
            rows.append([None, at(1300), 'text', name, f'{name}-text-2', 'text/plain', '', 'And there is more to say about it: ' + spoken + '.'])
        if i % 8 == 3:
            rows.append([None, rows[-1][1] + 40] + rows[-1][2:])
            rows[-1][1] = rows[-2][1]
    last = max(r[1] for r in rows)
    for r in rows:   # disorder: sent up to 900 ms after they happened, so not in the order of event time
        r[0] = r[1] + random.randint(0, 900)
    # An event from long ago, a subject that only ever writes, and an abusive text.
    rows.append([20_000, 2_000, 'text', 'latecomer', 'latecomer-text', 'text/plain', '', 'Sorry, I was offline all the time.'])
    rows.append([12_000, 11_800, 'text', 'lonely', 'lonely-text', 'text/plain', '', 'Is anybody there? Nobody sends pictures to me.'])
    rows.append([18_300, 18_100, 'text', 'rant', 'rant-text', 'text/plain', '', 'You are such a stupid idiot, nobody wants to read your pathetic posts!'])
    # Three records that cannot be processed: cut media, text for a picture, bytes that are no Avro.
    cut = open(f'{out}/beach.jpg', 'rb').read()
    open(f'{out}/cut.jpg', 'wb').write(cut[:len(cut) // 3])
    open(f'{out}/no-picture.jpg', 'w').write('this is no picture at all')
    rows.append([8_000, 7_900, 'image', 'broken-upload', 'broken-upload-image', 'image/jpeg', 'cut.jpg', ''])
    rows.append([16_000, 15_900, 'image', 'wrong-upload', 'wrong-upload-image', 'image/jpeg', 'no-picture.jpg', ''])
    rows.append([24_000, 23_900, 'corrupt:audio', 'noise', 'noise', 'application/octet-stream', '', 'not the wire format'])
rows.sort(key=lambda r: r[0])
with open(f'{out}/stream.tsv', 'w') as f:
    f.write('send_ms\tat_ms\tmodality\tsubject\tevent_id\tcontent_type\tfile\ttext\n')
    for r in rows:
        f.write('\t'.join(str(x) for x in r) + '\n')
print(len(rows), 'events')
